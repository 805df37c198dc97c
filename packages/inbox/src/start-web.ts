import type { Server } from "node:http";
import { createAdaptorServer } from "@hono/node-server";
import type { Hono } from "hono";
import { listen } from "./listen.ts";

/** The page and the APIs on one port. */
export interface WebServer {
  readonly port: number;
  /** Until then requests wait. */
  serve(app: Hono): void;
  close(): Promise<void>;
}

/** Listens before the app is there, because the app must know its own address. */
export async function startWeb(port: number, host: string): Promise<WebServer> {
  const { promise: app, resolve: serve } = Promise.withResolvers<Hono>();
  const server = createAdaptorServer({ fetch: async (request, env) => (await app).fetch(request, env) }) as Server;
  const opened = await listen(server, "port", port, host);
  // A connection that cannot be taken, as where files run out, is no reason to end the process.
  server.on("error", () => undefined);
  return {
    port: opened,
    serve,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        // Live updates of the page never end by themselves.
        server.closeAllConnections();
      }),
  };
}
