/** `fetch` of Node. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

/** A certificate of SNS has about 2,000 bytes, its answer to a confirmation fewer. */
const maxBytes = 65_536;

/**
 * Reads a small text from an address that was checked: follows no redirect and reads no more than 64 KiB.
 * @throws Error that says what came instead
 */
export async function getFromSns(fetch: Fetch, url: string, signal: AbortSignal): Promise<string> {
  const response = await fetch(url, { redirect: "error", signal });
  if (!response.ok) {
    await response.body?.cancel();
    throw new Error(`The answer has status ${response.status}`);
  }
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += chunk.byteLength;
    if (size > maxBytes) throw new Error(`The answer is larger than ${maxBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}
