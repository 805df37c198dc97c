import type { PreparedAttachment } from "@mail/core";

/** An attachment in a payload: its content is in the body or in the blob store. */
export interface StoredAttachment {
  readonly filename?: string;
  readonly contentType: string;
  readonly contentId?: string;
  readonly disposition: "attachment" | "inline";
  readonly size: number;
  /** Name in the blob store; absent where the content is in the body. */
  readonly blob?: string;
  /** Key that encrypted the blob. */
  readonly keyId?: string;
}

/** The attachment as transports read it, any number of times. */
export function readableAttachment(
  stored: StoredAttachment,
  read: () => Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
): PreparedAttachment {
  const { filename, contentType, contentId, disposition, size } = stored;
  return {
    ...(filename !== undefined && { filename }),
    contentType,
    ...(contentId !== undefined && { contentId }),
    disposition,
    size,
    readable: true,
    reopenable: true,
    measure: async () => size,
    async *stream() {
      yield* read();
    },
    async bytes() {
      const chunks: Uint8Array[] = [];
      for await (const chunk of read()) chunks.push(chunk);
      return chunks.length === 1 ? (chunks[0] as Uint8Array) : Buffer.concat(chunks);
    },
  };
}
