import { Hono } from "hono";
import { findLinks } from "../checks/find-links.ts";
import type { InboxContext } from "../inbox.ts";
import { followLinks } from "../links/follow-links.ts";
import { isPublicAddress } from "../links/public-address.ts";
import { mailOf } from "./mail-of.ts";
import type { WebOptions } from "./web-options.ts";

const timeoutMs = 10_000;

/** Follows a mail's links when asked to: links may count a click, or unsubscribe. */
export function linkRoutes({ hub }: InboxContext, { checkPrivateLinks = false }: WebOptions): Hono {
  const routes = new Hono();
  routes.post("/mails/:id/links", async (c) => {
    const urls = findLinks(mailOf(hub, c)).map(({ url }) => url);
    const mayReach = checkPrivateLinks ? () => true : isPublicAddress;
    return c.json({ links: await followLinks(urls, { mayReach, timeoutMs, signal: c.req.raw.signal }) });
  });
  return routes;
}
