import { eventBodyChunks } from "@mail/core";

/** The beginning of a mail. */
export interface MailStart {
  readonly bytes: Uint8Array;
  /** True where the mail goes on. */
  readonly cut: boolean;
}

/**
 * How much of a mail is looked at: a report stands before the mail that it is about, which comes back with all its
 * attachments at times.
 */
export const startBytes: number = 1024 * 1024;
/** The parser keeps 2 kB of each. */
const startLines = 20_000;

/**
 * Reads a body to its end and keeps no more than the beginning.
 * @throws MailEventError `too_large` beyond `maxBytes`, or `malformed` where it breaks off or was read before
 */
export async function readStart(request: Request, maxBytes: number): Promise<MailStart> {
  const start: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of eventBodyChunks(request, maxBytes)) {
    // A piece of a chunk would keep the whole one.
    if (size < startBytes)
      start.push(size + chunk.byteLength <= startBytes ? chunk : chunk.slice(0, startBytes - size));
    size += chunk.byteLength;
  }
  return atLineEnd(Buffer.concat(start), size > startBytes);
}

const lineFeed = 10;

function atLineEnd(bytes: Uint8Array, cut: boolean): MailStart {
  let lines = 0;
  let end = 0;
  for (let at = bytes.indexOf(lineFeed); at !== -1 && lines < startLines; at = bytes.indexOf(lineFeed, end)) {
    end = at + 1;
    lines++;
  }
  if (lines === startLines && end < bytes.length) return { bytes: bytes.subarray(0, end), cut: true };
  return cut ? { bytes: bytes.subarray(0, end), cut } : { bytes, cut };
}
