import type { SuppressionEntry } from "@mail/core";
import { suppressionColumns, writeCsvRow } from "./suppression-csv.ts";

/** Rows of one piece of the stream. */
const rowsAtOnce = 1_000;

/** The entries as CSV (RFC 4180), with a header row and lines that end in CRLF. */
export function exportSuppressions(entries: AsyncIterable<SuppressionEntry>): ReadableStream<Uint8Array> {
  return ReadableStream.from(encode(entries));
}

async function* encode(entries: AsyncIterable<SuppressionEntry>): AsyncGenerator<Uint8Array> {
  const encoder = new TextEncoder();
  let text = writeCsvRow(suppressionColumns);
  let rows = 0;
  for await (const entry of entries) {
    text += writeCsvRow(cellsOf(entry));
    if (++rows % rowsAtOnce !== 0) continue;
    yield encoder.encode(text);
    text = "";
  }
  if (text !== "") yield encoder.encode(text);
}

function cellsOf({ address, reason, scope, at, expiresAt, note = "", mailId = "" }: SuppressionEntry): string[] {
  const end = expiresAt === undefined ? "" : new Date(expiresAt).toISOString();
  return [address, reason, scope, new Date(at).toISOString(), end, note, mailId];
}
