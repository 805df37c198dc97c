import type { LimitStore, RateLimit } from "@mail/core";
import { storedKey } from "../stored-key.ts";
import { roundingMs, storedMs } from "../stored-ms.ts";
import type { PostgresConnection } from "./postgres-connection.ts";

/** Each call is one function of the schema, which holds the key's lock until it returns. */
export class PostgresLimits implements LimitStore {
  readonly #connection: PostgresConnection;

  constructor(connection: PostgresConnection) {
    this.#connection = connection;
  }

  async take(key: string, { max, perMs }: RateLimit, count: number): Promise<number> {
    const [row] = await this.#connection.query<{ readonly wait: number }>(
      `SELECT ${this.#connection.schema}.take_places($1, $2, $3, $4, $5) AS wait`,
      (leftMs) => [storedKey(key), max, storedMs(perMs) + roundingMs, count, leftMs],
    );
    return row?.wait ?? 0;
  }

  async pause(key: string, ms: number): Promise<void> {
    await this.#connection.query(`SELECT ${this.#connection.schema}.pause_limit($1, $2, $3)`, (leftMs) => [
      storedKey(key),
      storedMs(ms),
      leftMs,
    ]);
  }
}
