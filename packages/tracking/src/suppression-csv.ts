import type { SuppressionReason } from "@mail/core";

/** A CSV file as text or bytes, whole or in parts, such as `createReadStream(path)` or a request's body. */
export type CsvSource = string | Uint8Array | AsyncIterable<string | Uint8Array> | Iterable<string | Uint8Array>;

export interface ImportOptions {
  /** Of all rows, whatever they say. Default: what the row or the kind of file says, else `manual`. */
  readonly reason?: SuppressionReason | undefined;
  /** Of rows that name none. Default: all mail. */
  readonly scope?: string | undefined;
  /** From now, in milliseconds, for rows that do not say when they end. Default: never. */
  readonly expiresInMs?: number | undefined;
}

/** A row that was not taken. */
export interface BadRow {
  /** Of the file, from 1; where a row has several lines, the last one. */
  readonly line: number;
  readonly problem: string;
}

export interface ImportReport {
  /** Rows that were new on the list. */
  readonly added: number;
  /** Rows that were there already. */
  readonly known: number;
  readonly failed: number;
  /** Those that failed, the first 1,000 of them. */
  readonly errors: readonly BadRow[];
}
