import type { Place } from "./handle-room.ts";

/** Sources keep no more of one body. */
const keptBytes = 5 * 1024 * 1024;

/** A request whose body is counted, and breaks off at the signal, so that a sender who stalls keeps nothing in memory. */
export function countedRequest(request: Request, place: Place, signal: AbortSignal): Request {
  if (request.body === null || request.bodyUsed) {
    place.settle();
    return request;
  }
  let counted = 0;
  const counting = new TransformStream<Uint8Array, Uint8Array>({
    transform(chunk, controller) {
      const kept = Math.min(chunk.byteLength, keptBytes - counted);
      counted += kept;
      if (kept > 0) place.grow(kept);
      controller.enqueue(chunk);
    },
    flush: () => place.settle(),
  });
  const body = request.body.pipeThrough(counting, { signal });
  return new Request(request.url, { method: request.method, headers: request.headers, body, duplex: "half" });
}
