import PostalMime, { type Email } from "postal-mime";

/** As many lines as a mail may have whatever their length, and how long they are on average where it has more. */
const maxShortLines = 100_000;
const shortLineBytes = 40;

/**
 * Parses a source; base64 and quoted-printable have long lines, and so has text, by and large.
 * @throws Error for one that nests too deeply, has too large a header, or too many short lines: of each line that is not
 * encoded the parser keeps 2 kB, so that a few MB of line breaks would take all memory.
 */
export async function parseMime(source: Uint8Array): Promise<Email> {
  const lines = linesIn(source);
  if (lines > maxShortLines && source.byteLength < lines * shortLineBytes)
    throw new Error(`It has ${lines} lines, most of them short`);
  return PostalMime.parse(source);
}

const lineFeed = 10;

function linesIn(source: Uint8Array): number {
  let lines = 0;
  for (let at = source.indexOf(lineFeed); at !== -1; at = source.indexOf(lineFeed, at + 1)) lines++;
  return lines;
}
