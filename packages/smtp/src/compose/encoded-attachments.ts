import { base64Lines } from "./base64-lines.ts";

/** Smaller ones are encoded as fast as they are found. */
const minBytes = 8 * 1024;
/** Bytes held at most: contents and what they were encoded to. */
const maxBytes = 32 * 1024 * 1024;
/** How many contents that were seen once are remembered. */
const maxSeen = 1000;

interface Kept {
  /** A copy: the app may change its own. */
  readonly content: Buffer;
  readonly encoded: Buffer;
}

/**
 * Encodes what stands in many mails once. Kept from the second time on, so that contents of one mail cost nothing, and
 * found by content: every byte is compared.
 */
export class EncodedAttachments {
  /** The one that was not used for longest comes first. */
  readonly #kept = new Map<number, Kept>();
  readonly #seen = new Set<number>();
  #bytes = 0;

  /** Base64 in lines; the buffer is shared and must not be changed. */
  encode(content: Uint8Array): Buffer {
    if (content.byteLength < minBytes) return base64Lines(content);
    const key = fingerprint(content);
    const kept = this.#kept.get(key);
    if (kept !== undefined) this.#drop(key, kept);
    if (kept?.content.equals(content)) {
      this.#keep(key, kept);
      return kept.encoded;
    }
    const encoded = base64Lines(content);
    if (this.#seen.has(key)) this.#keep(key, { content: Buffer.from(content), encoded });
    else this.#remember(key);
    return encoded;
  }

  #keep(key: number, kept: Kept): void {
    const bytes = kept.content.byteLength + kept.encoded.byteLength;
    if (bytes > maxBytes) return;
    this.#kept.set(key, kept);
    this.#bytes += bytes;
    for (const [oldest, other] of this.#kept) {
      if (this.#bytes <= maxBytes) break;
      this.#drop(oldest, other);
    }
  }

  #drop(key: number, { content, encoded }: Kept): void {
    this.#kept.delete(key);
    this.#bytes -= content.byteLength + encoded.byteLength;
  }

  #remember(key: number): void {
    if (this.#seen.size >= maxSeen) this.#seen.clear();
    this.#seen.add(key);
  }
}

const samples = 64;

/** Of the length and four bytes in each part (FNV-1a). */
function fingerprint(content: Uint8Array): number {
  const step = content.byteLength / samples;
  let hash = content.byteLength;
  for (let sample = 0; sample < samples; sample++) {
    const start = Math.floor(sample * step);
    for (let at = start; at < start + 4; at++) hash = Math.imul(hash ^ (content[at] as number), 0x01000193);
  }
  return hash;
}
