import {
  eventRecord,
  isEventRecord,
  isJsonPost,
  type MailEvent,
  MailEventError,
  parseEventJson,
  readEventBody,
} from "@mail/core";
import { toLegacyEvent } from "./legacy-event.ts";
import { type FormField, readForm } from "./read-form.ts";
import { type MailgunSignature, signatureOf } from "./signature.ts";
import { toMailEvent } from "./to-mail-event.ts";

/** A post that is read but not yet trusted. */
export interface MailgunPost {
  readonly signature: MailgunSignature;
  /** What its event is made of, byte for byte. */
  readonly content: string | Uint8Array;
  /** @throws MailEventError `malformed` where it holds none */
  event(signedAt: Date): MailEvent;
}

/** An event has some kilobytes, and its mail's options 16. Objects take 25 times as much memory as their JSON. */
const maxJsonBytes = 1024 * 1024;

/** @throws MailEventError `malformed`, `too_large`, or `invalid_signature` where there is none */
export async function readPost(request: Request): Promise<MailgunPost> {
  if (!isJsonPost(request)) return formPost(await readForm(request));
  const body = await readEventBody(request, maxJsonBytes);
  const { signature, "event-data": data } = eventRecord(parseEventJson(body));
  return {
    signature: signatureOf(eventRecord(signature)),
    content: body,
    event(signedAt) {
      if (!isEventRecord(data)) throw noEvent("event-data");
      return toMailEvent(data, signedAt);
    },
  };
}

/** Of fields that stand twice, the last is the signature's own: variables of the mail stand before it. */
function formPost(fields: readonly FormField[]): MailgunPost {
  const signature = signatureOf(Object.fromEntries(fields));
  return {
    signature,
    // Not the body: the boundaries between its parts may differ each time.
    content: JSON.stringify(fields),
    event(signedAt) {
      if (!fields.some(([name]) => name === "event")) throw noEvent("event");
      return toLegacyEvent(fields, signature.token, signedAt);
    },
  };
}

function noEvent(field: string): MailEventError {
  return new MailEventError(`${field} is missing: the post holds no event`, {
    code: "malformed",
    field,
    hint: "This address takes webhooks; give the routes of inbound mail another one.",
  });
}
