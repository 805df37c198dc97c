/** A web server that takes SendGrid's reports, as a process of its own: it is told where its store is, and tells its port. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { sendgridEvents } from "@mail/sendgrid/events";
import { createTracker } from "@mail/tracking";
import { nodeListener } from "@mail/tracking/node";
import { openStore, type StorePlace } from "./event-place.ts";

export interface ServerOrder {
  readonly place: StorePlace;
  readonly publicKey: string;
}

process.once("message", ({ place, publicKey }: ServerOrder) => {
  const tracker = createTracker({ store: openStore(place), sources: { sendgrid: sendgridEvents({ publicKey }) } });
  const server = createServer(nodeListener((request) => tracker.handle(request, "sendgrid")));
  server.listen(0, "127.0.0.1", () => process.send?.((server.address() as AddressInfo).port));
});

process.on("disconnect", () => process.exit());
