import { Hono } from "hono";
import type { CaughtMail } from "../caught-mail.ts";
import type { InboxContext } from "../inbox.ts";
import { matches, parseSearch, searchFields } from "../search.ts";
import { waitForMail } from "../wait-for.ts";
import { asApiError } from "./api-error.ts";
import { numberParameter, parameter } from "./request-fields.ts";

const timeout = { min: 0, max: 600_000, default: 5_000 };

/**
 * Long polling for tests in any language: `/wait?search=to:ada@example.com&inbox=&after=ID&timeoutMs=5000` answers with
 * the newest mail that fits, or with the first that comes; 408 where none did.
 */
export function waitRoutes({ hub }: InboxContext): Hono {
  const routes = new Hono();
  routes.get("/wait", async (c) => {
    const inbox = parameter(c, "inbox");
    const search = parameter(c, "search") ?? "";
    const after = parameter(c, "after") ?? "";
    const timeoutMs = numberParameter(c, "timeoutMs", timeout);
    const conditions = parseSearch(search);
    const fits = (mail: CaughtMail): boolean =>
      (inbox === undefined || mail.inbox === inbox) && mail.id > after && matches(conditions, searchFields(mail));
    const [newest] = hub.store.list({ inbox, search, limit: 1 }).mails;
    const present = newest === undefined ? undefined : hub.store.get(newest.id);
    const waiting = { timeoutMs, present: present === undefined ? [] : [present], signal: c.req.raw.signal };
    return c.json(await asApiError(408, () => waitForMail(hub, { ...waiting, predicate: fits })));
  });
  return routes;
}
