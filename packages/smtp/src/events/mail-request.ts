/** A mail as it came: text, bytes, or a stream of either, Web or Node. */
export type MailSource = string | Uint8Array | ReadableStream<Uint8Array> | AsyncIterable<Uint8Array | string>;

/** The POST by which a source takes a mail: for `source.parse` and `tracker.handle`. */
export function mailRequest(mail: MailSource): Request {
  const headers = { "content-type": "message/rfc822" };
  // Nobody asks where it goes.
  const url = "https://mailbox.invalid/";
  if (typeof mail === "string") return new Request(url, { method: "POST", headers, body: mail });
  if (mail instanceof Uint8Array) return new Request(url, { method: "POST", headers, body: new Uint8Array(mail) });
  return new Request(url, { method: "POST", headers, body: ReadableStream.from(bytesOf(mail)), duplex: "half" });
}

async function* bytesOf(mail: AsyncIterable<Uint8Array | string>): AsyncGenerator<Uint8Array> {
  for await (const chunk of mail) yield typeof chunk === "string" ? Buffer.from(chunk) : chunk;
}
