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
  /** Of the file, from 1; where a row has several lines, the first one. */
  readonly line: number;
  readonly problem: string;
}

export interface ImportReport {
  /** Entries that were new on the list. */
  readonly added: number;
  /** Entries that were there already. */
  readonly known: number;
  /** Rows that were not taken. */
  readonly failed: number;
  /** The first 1,000 of them. */
  readonly errors: readonly BadRow[];
}

/** The columns of an export, in their order. */
export const suppressionColumns = ["address", "reason", "scope", "at", "expires_at", "note", "mail_id"] as const;

/**
 * What a spreadsheet takes for the beginning of a formula (OWASP, CSV Injection), in full width too. The apostrophe is
 * the mark that stops it, so it is marked as well: what was marked can be told from what was not.
 */
const formula = /^[=+\-@\t\r'\uff1d\uff0b\uff0d\uff20]/;

export function writeCsvRow(cells: readonly string[]): string {
  return `${cells.map(writeCell).join(",")}\r\n`;
}

function writeCell(text: string): string {
  const safe = formula.test(text) ? `'${text}` : text;
  return /[",;\t\r\n]|^\s|\s$/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** The text of a cell, without the mark that an export puts before formulas. */
export function readCell(cell: string): string {
  return cell.startsWith("'") && formula.test(cell.slice(1)) ? cell.slice(1) : cell;
}
