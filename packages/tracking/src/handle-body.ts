/** A request whose body breaks off when the time is up, so that a sender who stalls keeps nothing in memory. */
export function withTimeForBody(request: Request, signal: AbortSignal): Request {
  if (request.body === null || request.bodyUsed) return request;
  const body = request.body.pipeThrough(new TransformStream<Uint8Array, Uint8Array>(), { signal });
  return new Request(request.url, { method: request.method, headers: request.headers, body, duplex: "half" });
}
