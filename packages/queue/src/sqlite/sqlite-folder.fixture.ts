import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { SqliteOptions } from "./index.ts";
import { SqliteEngine, type SqliteInternals } from "./sqlite-engine.ts";

/** A folder for one test, with the engines on its file. */
export class SqliteFolder implements AsyncDisposable {
  readonly path: string;
  readonly file: string;
  readonly #engines: SqliteEngine[] = [];

  private constructor(path: string) {
    this.path = path;
    this.file = join(path, "mail.db");
  }

  static async make(): Promise<SqliteFolder> {
    return new SqliteFolder(await mkdtemp(join(tmpdir(), "mail-queue-")));
  }

  open(options: Partial<SqliteOptions> = {}, internals: SqliteInternals = {}): SqliteEngine {
    const engine = new SqliteEngine({ file: this.file, ...options }, internals);
    this.#engines.push(engine);
    return engine;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#engines.map((engine) => engine.close()));
    await rm(this.path, { recursive: true, force: true });
  }
}
