import { type Context, Hono } from "hono";
import type { Attachment } from "postal-mime";
import type { InboxContext } from "../inbox.ts";
import { alternativeName, readSource } from "../parse-mail.ts";
import { ApiError } from "./api-error.ts";
import { attachmentDisposition, downloadName } from "./content-disposition.ts";
import { mailOf, sourceOf } from "./mail-of.ts";
import { parameter } from "./request-fields.ts";

/** Parts of a mail as they are. Nothing here is ever a document of our origin: text is plain, the rest is downloaded. */
export function mailPartRoutes({ hub }: InboxContext): Hono {
  const routes = new Hono();
  const read = sharedReading();
  routes.get("/mails/:id/text", (c) => plain(c, mailOf(hub, c).text, "text"));
  routes.get("/mails/:id/html", (c) => plain(c, mailOf(hub, c).html, "HTML"));
  routes.get("/mails/:id/headers", (c) => c.json({ headers: mailOf(hub, c).headers }));
  routes.get("/mails/:id/source", (c) => {
    const { subject, id } = mailOf(hub, c);
    const source = sourceOf(hub, c);
    if (parameter(c, "download") === undefined) return bytes(c, source, "text/plain; charset=utf-8");
    c.header("Content-Disposition", attachmentDisposition(`${downloadName(subject, id)}.eml`));
    return bytes(c, source, "message/rfc822");
  });
  routes.get("/mails/:id/attachments", (c) => c.json({ attachments: mailOf(hub, c).attachments }));
  routes.get("/mails/:id/attachments/:index", async (c) => {
    const { attachments } = await read(c.req.param("id"), sourceOf(hub, c));
    const index = c.req.param("index");
    const attachment = /^\d{1,5}$/.test(index) ? attachments[Number(index)] : undefined;
    if (attachment === undefined) throw new ApiError(404, `The mail has no attachment ${index}.`);
    return download(c, attachment, index);
  });
  return routes;
}

type Reading = ReturnType<typeof readSource>;

/** A page asks for all images of a mail at once: its source is read once for them, and not kept for that. */
function sharedReading(): (id: string, source: Uint8Array) => Reading {
  let last: { readonly id: string; readonly reading: WeakRef<Reading> } | undefined;
  return (id, source) => {
    const known = last?.id === id ? last.reading.deref() : undefined;
    if (known !== undefined) return known;
    const reading = readSource(source);
    last = { id, reading: new WeakRef(reading) };
    return reading;
  };
}

function plain(c: Context, text: string | undefined, what: string): Response {
  if (text === undefined) throw new ApiError(404, `The mail has no ${what}.`);
  return c.text(text);
}

/** Types that an `<img>` of the preview may load; it is a page of an opaque origin, so they are open to all origins. */
const imageTypes = /^image\/(?:png|jpeg|gif|webp|avif|bmp|svg\+xml|x-icon|vnd\.microsoft\.icon)$/;
const mediaType = /^[\w!#$&^.+-]+\/[\w!#$&^.+-]+$/;

function download(c: Context, attachment: Attachment, index: string): Response {
  const { content, mimeType, filename } = attachment;
  const name = filename ?? alternativeName(attachment) ?? `attachment-${index}`;
  c.header("Content-Disposition", attachmentDisposition(name));
  if (imageTypes.test(mimeType)) c.header("Cross-Origin-Resource-Policy", "cross-origin");
  const data = typeof content === "string" ? new TextEncoder().encode(content) : new Uint8Array(content);
  return bytes(c, data, mediaType.test(mimeType) ? mimeType : "application/octet-stream");
}

function bytes(c: Context, data: Uint8Array, contentType: string): Response {
  c.header("Content-Type", contentType);
  return c.body(new Uint8Array(data));
}
