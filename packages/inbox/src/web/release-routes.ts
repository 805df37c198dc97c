import { parseAddress } from "@mail/core";
import { Hono } from "hono";
import type { InboxContext } from "../inbox.ts";
import { isAllowed } from "../release/release-options.ts";
import { ApiError, asApiError } from "./api-error.ts";
import { mailOf, sourceOf } from "./mail-of.ts";
import { type JsonObject, jsonBody, textList } from "./request-fields.ts";
import type { Release } from "./web-options.ts";

/** Hands a caught mail to a real transport, behind the allow-list. */
export function releaseRoutes({ hub }: InboxContext, release: Release | undefined): Hono {
  const routes = new Hono();
  routes.post("/mails/:id/release", async (c) => {
    const mail = mailOf(hub, c);
    if (release === undefined)
      throw new ApiError(409, "No transport is configured for releasing mails.", {
        hint: "Start the inbox with `release`, or with --release-url and --release-allow.",
      });
    const to = await recipientsOf(await jsonBody(c), mail.envelope.to);
    const refused = to.filter((address) => !isAllowed(address, release.allowed));
    if (refused.length > 0)
      throw new ApiError(403, `${refused.join(", ")} is not on the list of allowed addresses.`, {
        field: "to",
        hint: `Allowed: ${release.allowed.join(", ") || "none"}.`,
      });
    return c.json(await asApiError(502, () => release.send(mail, sourceOf(hub, c), to)));
  });
  return routes;
}

async function recipientsOf(body: JsonObject, fallback: readonly string[]): Promise<readonly string[]> {
  const to = body["to"] === undefined ? fallback : textList(body, "to");
  return asApiError(400, () => to.map((address) => parseAddress(address, "to").address));
}
