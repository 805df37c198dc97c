import { MailEventError, readEventBody } from "@mail/core";
import { Refusal } from "./refusal.ts";

const kinds = /^(?:application\/x-www-form-urlencoded|multipart\/form-data)\b/i;

/** Reads a form that a page posted, and no further than `maxBytes`. @throws Refusal 400, 413 or 415 */
export async function readForm(request: Request, maxBytes: number): Promise<FormData> {
  const type = request.headers.get("content-type") ?? "";
  if (!kinds.test(type)) throw new Refusal(415, "This is no form", "Use the forms of these pages.");
  try {
    const body = await readEventBody(request, maxBytes);
    return await new Response(body, { headers: { "Content-Type": type } }).formData();
  } catch (error) {
    if (MailEventError.is(error) && error.code === "too_large")
      throw new Refusal(413, "That is too large", `At most ${Math.floor(maxBytes / 1024)} KiB are taken at once.`);
    throw new Refusal(400, "The form could not be read", "Go back and send it again.");
  }
}

/** The text of a field; empty where there is none, or a file. */
export function fieldOf(form: FormData, name: string): string {
  const value = form.get(name);
  return typeof value === "string" ? value : "";
}
