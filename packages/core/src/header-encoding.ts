/** Longest encoded-word (RFC 2047 section 2). */
const maxWordLength = 75;
const prefix = "=?UTF-8?B?";
const suffix = "?=";
const bytesPerWord = Math.floor((maxWordLength - prefix.length - suffix.length) / 4) * 3;

/** Plain text that readers would decode. */
const encodedWord = /=\?[^?\s]+\?[bq]\?[^?\s]*\?=/i;

/**
 * Encodes a header value as RFC 2047 encoded-words where it is not plain ASCII, or looks like one; splits between
 * characters only.
 */
export function encodeHeaderValue(value: string): string {
  if (/^[\t\x20-\x7e]*$/.test(value) && !encodedWord.test(value)) return value;
  const words: string[] = [];
  let word = "";
  let bytes = 0;
  for (const character of value) {
    const size = Buffer.byteLength(character);
    if (bytes + size > bytesPerWord) {
      words.push(word);
      word = "";
      bytes = 0;
    }
    word += character;
    bytes += size;
  }
  words.push(word);
  return words.map((text) => `${prefix}${Buffer.from(text, "utf8").toString("base64")}${suffix}`).join(" ");
}
