import {
  checkMaxAge,
  checkOptions,
  isJsonPost,
  MailEventError,
  type MailEventSource,
  type OptionRules,
  parseEventJson,
  readEventBody,
} from "@mail/core";
import { publicKeys } from "./events/public-keys.ts";
import { checkSignature, signatureOf } from "./events/signature.ts";
import { toMailEvents } from "./events/to-mail-events.ts";

export interface SendgridEventsOptions {
  /**
   * The verification key of the Event Webhook, as SendGrid shows it (Settings, Mail Settings, Event Webhook) or as PEM.
   * Several while keys change. Required; `undefined` is what an unset environment variable gives.
   */
  readonly publicKey: string | readonly string[] | undefined;
  /**
   * How old a signature may be, in milliseconds; `Infinity` is no limit. Default 90,000,000, which is 25 hours: SendGrid
   * tries again for 24.
   */
  readonly maxAgeMs?: number | undefined;
}

const rules: OptionRules<SendgridEventsOptions> = {
  publicKey: { type: "any", required: true },
  maxAgeMs: { type: "any" },
};

const defaultMaxAgeMs = 25 * 3_600_000;
/** SendGrid posts when it has 768 KB ("Event Webhook Reference"); more where one event fills the rest. */
const maxBytes = 5 * 1024 * 1024;

/**
 * Reads the signed posts of SendGrid's Event Webhook. The signature is checked over the raw body before any of it is
 * parsed; a post repeated within `maxAgeMs` gives the same events with the same ids.
 * @throws MailError `configuration` that names the option
 */
export function sendgridEvents(options: SendgridEventsOptions): MailEventSource {
  checkOptions("sendgridEvents", options, rules);
  const { publicKey, maxAgeMs = defaultMaxAgeMs } = options;
  checkMaxAge(maxAgeMs);
  const keys = publicKeys(publicKey);
  return {
    provider: "sendgrid",
    async parse(request) {
      const signed = signatureOf(request.headers);
      const body = await readEventBody(request, maxBytes);
      const signedAt = checkSignature(signed, body, keys, maxAgeMs);
      if (!isJsonPost(request)) throw notJson();
      return toMailEvents(parseEventJson(body), signedAt);
    },
  };
}

/** Inbound Parse signs its forms in the same way. */
function notJson(): MailEventError {
  return new MailEventError("content-type: the post is not JSON", {
    code: "malformed",
    field: "content-type",
    hint: "This address takes the Event Webhook; give Inbound Parse another one.",
  });
}
