import { Hono } from "hono";
import type { InboxContext } from "../inbox.ts";
import { ApiError } from "./api-error.ts";
import { previewPolicy } from "./content-policy.ts";
import { mailOf } from "./mail-of.ts";
import { previewHtml } from "./preview-html.ts";
import { parameter } from "./request-fields.ts";

/** The HTML of a mail as a document for a sandboxed frame: `/preview/ID?images=1&scheme=dark`. */
export function previewRoutes({ hub }: InboxContext): Hono {
  const routes = new Hono();
  routes.get("/:id", (c) => {
    const mail = mailOf(hub, c);
    if (mail.html === undefined) throw new ApiError(404, "The mail has no HTML.");
    const attachments = new URL(`/api/v1/mails/${mail.id}/attachments/`, c.req.url).href;
    const remoteImages = parameter(c, "images") === "1";
    c.header("Content-Security-Policy", previewPolicy({ attachments, remoteImages }));
    c.header("Cache-Control", "no-store");
    return c.html(previewHtml(mail.html, mail.attachments, { attachments, dark: parameter(c, "scheme") === "dark" }));
  });
  return routes;
}
