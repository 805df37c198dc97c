import { Hono } from "hono";
import type { InboxContext } from "../inbox.ts";
import type { WebOptions } from "./web-options.ts";

/** What the page shows of the inbox itself. */
export function infoRoutes({ maxBytes }: InboxContext, { urls, release }: WebOptions): Hono {
  const routes = new Hono();
  routes.get("/info", (c) =>
    c.json({
      urls: urls(),
      maxBytes,
      ...(release !== undefined && { release: { transport: release.transport, allowed: release.allowed } }),
    }),
  );
  return routes;
}
