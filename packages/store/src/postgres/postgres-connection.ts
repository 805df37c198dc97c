import { misconfigured } from "@mail/core";
import type { Pool, QueryResultRow } from "pg";
import { StoreCalls } from "../store-calls.ts";
import { migratePostgres } from "./migrate-postgres.ts";
import { postgresFailure } from "./postgres-error.ts";

export interface PostgresConnectionOptions {
  readonly url: string | undefined;
  readonly client: Pool | undefined;
  readonly schema: string;
  readonly timeoutMs: number;
  readonly secrets: readonly string[];
}

/** The way to PostgreSQL. Each call is one statement, so that no transaction is ever left open. */
export class PostgresConnection {
  readonly #options: PostgresConnectionOptions;
  readonly #calls: StoreCalls;
  #own: Promise<Pool> | undefined;
  #migrating: Promise<void> | undefined;

  constructor(options: PostgresConnectionOptions) {
    this.#options = options;
    const { timeoutMs, secrets } = options;
    const explain = (thrown: unknown) => postgresFailure(thrown, options.url === undefined ? "client" : "url");
    this.#calls = new StoreCalls({ timeoutMs, secrets, explain });
  }

  /** The name as SQL takes it. */
  get schema(): string {
    return `"${this.#options.schema}"`;
  }

  /** @param parameters by how many milliseconds are left, which is the longest that locks may be waited for */
  async query<Row extends QueryResultRow>(
    text: string,
    parameters: (leftMs: number) => readonly unknown[],
  ): Promise<readonly Row[]> {
    return await this.#calls.run(async (givenMs) => {
      const end = performance.now() + givenMs;
      const pool = await this.#pool();
      await this.#migrated(pool, givenMs);
      // The server must not wait on for a lock, and do what its client was told had failed.
      const leftMs = Math.max(1, Math.ceil(end - performance.now()));
      return (await pool.query<Row>(text, [...parameters(leftMs)])).rows;
    });
  }

  async close(): Promise<void> {
    await this.#calls.close(async () => {
      await (await this.#own)?.end();
    });
  }

  async #pool(): Promise<Pool> {
    if (this.#options.client !== undefined) return this.#options.client;
    this.#own ??= this.#create().catch((thrown: unknown) => {
      this.#own = undefined;
      throw thrown;
    });
    return await this.#own;
  }

  async #create(): Promise<Pool> {
    const { Pool } = await import("pg").catch((thrown: unknown) => {
      throw notInstalled(thrown);
    });
    const { url, timeoutMs } = this.#options;
    const pool = new Pool({
      connectionString: url,
      connectionTimeoutMillis: timeoutMs,
      query_timeout: timeoutMs,
      allowExitOnIdle: true,
      application_name: "mail-store",
    });
    // Of connections that nobody uses at the moment; the pool has removed them already.
    pool.on("error", () => undefined);
    return pool;
  }

  #migrated(pool: Pool, leftMs: number): Promise<void> {
    this.#migrating ??= migratePostgres(pool, this.#options.schema, leftMs).catch((thrown: unknown) => {
      this.#migrating = undefined;
      throw thrown;
    });
    return this.#migrating;
  }
}

function notInstalled(thrown: unknown): unknown {
  const missing = thrown instanceof Error && "code" in thrown && thrown.code === "ERR_MODULE_NOT_FOUND";
  return missing ? misconfigured("url", "needs the package pg", "Run: npm install pg") : thrown;
}
