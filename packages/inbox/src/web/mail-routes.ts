import { Hono } from "hono";
import { checkMail } from "../checks/check-mail.ts";
import type { InboxContext } from "../inbox.ts";
import type { MailStore } from "../mail-store.ts";
import { ApiError, noSuch } from "./api-error.ts";
import { mailOf } from "./mail-of.ts";
import { jsonBody, numberParameter, parameter } from "./request-fields.ts";

const pageSize = { min: 1, max: 500, default: 100 };

/** List, search, read, unread, delete. */
export function mailRoutes({ hub }: InboxContext): Hono {
  const routes = new Hono();
  routes.get("/inboxes", (c) => c.json({ inboxes: hub.store.inboxes() }));
  routes.get("/mails", (c) => {
    const query = { inbox: parameter(c, "inbox"), search: parameter(c, "search"), before: parameter(c, "before") };
    return c.json(hub.store.list({ ...query, limit: numberParameter(c, "limit", pageSize) }));
  });
  routes.patch("/mails", async (c) => {
    const unread = unreadOf(await jsonBody(c));
    const ids = idsOf(hub.store, { inbox: parameter(c, "inbox"), search: parameter(c, "search") }, !unread);
    for (const id of ids) hub.markRead(id, unread);
    return c.json({ changed: ids.length });
  });
  routes.delete("/mails", (c) => {
    const query = { inbox: parameter(c, "inbox"), search: parameter(c, "search") };
    if (query.search === undefined) hub.clear(query.inbox);
    else for (const id of idsOf(hub.store, query)) hub.delete(id);
    return c.body(null, 204);
  });
  routes.get("/mails/:id", (c) => c.json(mailOf(hub, c)));
  routes.get("/mails/:id/checks", (c) => c.json(checkMail(mailOf(hub, c))));
  routes.patch("/mails/:id", async (c) => {
    const id = c.req.param("id");
    if (!hub.markRead(id, unreadOf(await jsonBody(c)))) throw noSuch("mail", id);
    return c.body(null, 204);
  });
  routes.delete("/mails/:id", (c) => {
    const id = c.req.param("id");
    if (!hub.delete(id)) throw noSuch("mail", id);
    return c.body(null, 204);
  });
  return routes;
}

function unreadOf(body: Readonly<Record<string, unknown>>): boolean {
  if (typeof body["unread"] === "boolean") return body["unread"];
  throw new ApiError(400, "unread must be true or false.", { field: "unread" });
}

/** All that a query finds; where `unread` is given, those in that state alone. */
function idsOf(
  store: MailStore,
  query: { readonly inbox: string | undefined; readonly search: string | undefined },
  unread?: boolean,
): readonly string[] {
  const { mails } = store.list({ ...query, limit: Number.MAX_SAFE_INTEGER });
  return mails.filter((mail) => unread === undefined || mail.unread === unread).map(({ id }) => id);
}
