import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { memoryStore, type Store } from "@mail/core";
import { createTracker, type DashboardOptions, type Tracker } from "@mail/tracking";

export interface DashboardApp extends AsyncDisposable {
  readonly tracker: Tracker;
  readonly store: Store;
  /** Of the dashboard, which answers below it too. */
  readonly url: string;
}

/** An app whose dashboard is mounted at `/admin/mail`, on a free port of 127.0.0.1. */
export async function startApp(store: Store = memoryStore(), options: DashboardOptions = {}): Promise<DashboardApp> {
  const tracker = createTracker({ store });
  const dashboard = tracker.dashboard(options);
  const server = createServer((incoming, outgoing) => void respond(dashboard, incoming, outgoing));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    tracker,
    store,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/admin/mail`,
    async [Symbol.asyncDispose]() {
      server.close();
      server.closeAllConnections();
      await once(server, "close");
      await tracker.close();
    },
  };
}

async function respond(
  handler: (request: Request) => Promise<Response>,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
): Promise<void> {
  const { status, headers, body } = await handler(toRequest(incoming));
  outgoing.writeHead(status, Object.fromEntries(headers));
  if (body === null) outgoing.end();
  else await pipeline(Readable.fromWeb(body), outgoing).catch(() => undefined);
}

function toRequest(incoming: IncomingMessage): Request {
  const { method = "GET", url = "/", headers } = incoming;
  const withBody = method !== "GET" && method !== "HEAD";
  return new Request(`http://${headers.host}${url}`, {
    method,
    headers: Object.entries(headers).map(([name, value]) => [name, String(value)] as [string, string]),
    ...(withBody && { body: Readable.toWeb(incoming), duplex: "half" }),
  });
}
