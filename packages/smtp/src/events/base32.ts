const alphabet = "abcdefghijklmnopqrstuvwxyz234567";

/** Base32 (RFC 4648 section 6) in lower case, without padding: mail servers may change the case of a local part. */
export function toBase32(bytes: Uint8Array): string {
  let text = "";
  let bits = 0;
  let count = 0;
  for (const byte of bytes) {
    bits = (bits << 8) | byte;
    for (count += 8; count >= 5; count -= 5) text += alphabet[(bits >>> (count - 5)) & 31];
    bits &= 31;
  }
  return count === 0 ? text : text + alphabet[(bits << (5 - count)) & 31];
}

/** In either case; `undefined` for what is no base32. */
export function fromBase32(text: string): Uint8Array | undefined {
  const bytes: number[] = [];
  let bits = 0;
  let count = 0;
  for (const character of text.toLowerCase()) {
    const value = alphabet.indexOf(character);
    if (value === -1) return undefined;
    bits = ((bits << 5) | value) & 0xfff;
    count += 5;
    if (count >= 8) {
      count -= 8;
      bytes.push((bits >>> count) & 255);
    }
  }
  return Uint8Array.from(bytes);
}
