/** A web server that takes SendGrid's reports, as a process of its own: it is told where its store is, and tells its port. */
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { Readable } from "node:stream";
import { sendgridEvents } from "@mail/sendgrid/events";
import { createTracker } from "@mail/tracking";
import { openStore, type StorePlace } from "./event-place.ts";

export interface ServerOrder {
  readonly place: StorePlace;
  readonly publicKey: string;
  /** 0 for any. */
  readonly port: number;
}

process.once("message", ({ place, publicKey, port }: ServerOrder) => {
  const tracker = createTracker({ store: openStore(place), sources: { sendgrid: sendgridEvents({ publicKey }) } });
  const server = createServer(async (incoming, outgoing) => {
    const response = await tracker.handle(toRequest(incoming), "sendgrid");
    outgoing.writeHead(response.status, Object.fromEntries(response.headers));
    outgoing.end(await response.text());
  });
  server.listen(port, "127.0.0.1", () => process.send?.((server.address() as AddressInfo).port));
});

process.on("disconnect", () => process.exit());

function toRequest(incoming: IncomingMessage): Request {
  const headers = new Headers();
  for (const [name, value] of Object.entries(incoming.headers)) if (typeof value === "string") headers.set(name, value);
  return new Request(`http://127.0.0.1${incoming.url}`, {
    method: incoming.method ?? "GET",
    headers,
    body: Readable.toWeb(incoming) as ReadableStream<Uint8Array>,
    duplex: "half",
  });
}
