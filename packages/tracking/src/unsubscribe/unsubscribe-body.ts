import { readEventBody } from "@mail/core";
import { oneClick } from "./unsubscribe-page.ts";

/** What is posted is one short pair (RFC 8058 section 3.2). */
const maxBytes = 16_384;

/**
 * What a POST asks for. An empty body counts as one click: the link says all, only people and mail programs post, and
 * some servers on the way lose bodies. `undefined`: something else.
 * @throws MailEventError `too_large`, or `malformed` where it breaks off or was read before
 */
export async function readAction(request: Request): Promise<"unsubscribe" | "subscribe" | undefined> {
  const bytes = await readEventBody(request, maxBytes);
  if (bytes.byteLength === 0) return "unsubscribe";
  const value = await valueIn(bytes, request.headers.get("content-type") ?? "");
  if (value === oneClick.value) return "unsubscribe";
  return value === oneClick.again ? "subscribe" : undefined;
}

/** RFC 8058 section 3.2: `multipart/form-data`, or `application/x-www-form-urlencoded`. */
async function valueIn(bytes: Uint8Array<ArrayBuffer>, type: string): Promise<string | undefined> {
  if (!/^multipart\/form-data\b/i.test(type))
    return new URLSearchParams(new TextDecoder().decode(bytes)).get(oneClick.name)?.trim();
  try {
    const form = await new Response(bytes, { headers: { "content-type": type } }).formData();
    const value = form.get(oneClick.name);
    return typeof value === "string" ? value.trim() : undefined;
  } catch {
    return undefined;
  }
}
