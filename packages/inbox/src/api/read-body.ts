/** How much of a body was read, and why no further. */
export type ReadBody =
  | { readonly end: "whole"; readonly bytes: Buffer }
  /** Larger than allowed; read to its end all the same, so that the client comes to read the answer. */
  | { readonly end: "too large" }
  /** As many bytes came as were to be read. */
  | { readonly end: "cut" }
  /** The client went away. */
  | { readonly end: "gone" };

/** Reads a body and keeps no more than `maxBytes` of it; with `cutAfter`, stops there. */
export async function readBody(
  request: Request,
  maxBytes: number,
  cutAfter: number = Number.POSITIVE_INFINITY,
): Promise<ReadBody> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  if (cutAfter <= 0) return { end: "cut" };
  try {
    for await (const chunk of request.body ?? []) {
      length += chunk.byteLength;
      if (length >= cutAfter) return { end: "cut" };
      if (length <= maxBytes) chunks.push(chunk);
      else chunks.length = 0;
    }
  } catch {
    return { end: "gone" };
  }
  return length <= maxBytes ? { end: "whole", bytes: Buffer.concat(chunks) } : { end: "too large" };
}
