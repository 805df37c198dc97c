import type { Claim, ClaimState, ClaimStore } from "@mail/core";
import { storedKey } from "../stored-key.ts";
import { storedMs } from "../stored-ms.ts";
import type { PostgresConnection } from "./postgres-connection.ts";

interface Known {
  readonly state: ClaimState["state"];
  readonly note: string;
  readonly result: string | null;
}

/** Each call is one function of the schema, which holds the row's lock until it returns. */
export class PostgresClaims implements ClaimStore {
  readonly #connection: PostgresConnection;

  constructor(connection: PostgresConnection) {
    this.#connection = connection;
  }

  async claim(key: string, { owner, leaseMs, keepMs, note }: Claim): Promise<ClaimState> {
    const [known] = await this.#connection.query<Known>(
      `SELECT state, note, result FROM ${this.#connection.schema}.claim($1, $2, $3, $4, $5, $6)`,
      (leftMs) => [storedKey(key), owner, note, storedMs(leaseMs), storedMs(keepMs), leftMs],
    );
    if (known?.state === "settled") return { state: "settled", note: known.note, result: known.result ?? "" };
    return known === undefined || known.state === "claimed"
      ? { state: "claimed" }
      : { state: known.state, note: known.note };
  }

  async renew(key: string, owner: string, leaseMs: number): Promise<boolean> {
    return await this.#call("renew_claim($1, $2, $3, $4)", (leftMs) => [
      storedKey(key),
      owner,
      storedMs(leaseMs),
      leftMs,
    ]);
  }

  async settle(key: string, owner: string, result: string, keepMs: number): Promise<boolean> {
    return await this.#call("settle_claim($1, $2, $3, $4, $5)", (leftMs) => [
      storedKey(key),
      owner,
      result,
      storedMs(keepMs),
      leftMs,
    ]);
  }

  async release(key: string, owner?: string): Promise<boolean> {
    return await this.#call("release_claim($1, $2, $3)", (leftMs) => [storedKey(key), owner ?? null, leftMs]);
  }

  async #call(call: string, parameters: (leftMs: number) => readonly unknown[]): Promise<boolean> {
    const [row] = await this.#connection.query<{ readonly done: boolean }>(
      `SELECT ${this.#connection.schema}.${call} AS done`,
      parameters,
    );
    return row?.done === true;
  }
}
