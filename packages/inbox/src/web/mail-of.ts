import type { Context } from "hono";
import type { CaughtMail } from "../caught-mail.ts";
import type { Hub } from "../hub.ts";
import { noSuch } from "./api-error.ts";

/** The mail that the path names. @throws ApiError 404 */
export function mailOf(hub: Hub, c: Context): CaughtMail {
  const id = c.req.param("id") ?? "";
  const mail = hub.store.get(id);
  if (mail === undefined) throw noSuch("mail", id);
  return mail;
}

/** The MIME source of the mail that the path names. @throws ApiError 404 */
export function sourceOf(hub: Hub, c: Context): Uint8Array {
  const id = c.req.param("id") ?? "";
  const source = hub.store.source(id);
  if (source === undefined) throw noSuch("mail", id);
  return source;
}
