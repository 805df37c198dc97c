import { Hono } from "hono";
import type { InboxContext } from "../inbox.ts";
import type { WebOptions } from "./web-options.ts";

/** What the page shows of the inbox itself. */
export function infoRoutes({ maxBytes, login }: InboxContext, { urls, inboxBy = "login", release }: WebOptions): Hono {
  const routes = new Hono();
  routes.get("/info", (c) =>
    c.json({
      urls: urls(),
      maxBytes,
      inboxBy,
      anyLogin: login === undefined,
      ...(release !== undefined && { release: { transport: release.transport, allowed: release.allowed } }),
    }),
  );
  return routes;
}
