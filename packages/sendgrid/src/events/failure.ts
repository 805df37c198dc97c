import { eventText, type MailEvent, type MailEventReason } from "@mail/core";

type Failure = { readonly [Key in "reason" | "permanent" | "detail" | "response"]?: MailEvent[Key] | undefined };

interface Verdict {
  readonly reason: MailEventReason;
  readonly permanent: boolean;
}

/** "Event Webhook Reference", "Bounce and blocked events". A block is about the mail or its sender, not the address. */
const bounceTypes: ReadonlyMap<unknown, Verdict> = new Map([
  ["bounce", { reason: "bounced", permanent: true }],
  ["blocked", { reason: "blocked", permanent: false }],
]);

/** "Event Webhook Reference", "Dropped": in lower case, without what stands in brackets. */
const dropReasons: ReadonlyMap<unknown, Verdict> = new Map([
  ["bounced address", { reason: "bounced", permanent: true }],
  ["unsubscribed address", { reason: "unsubscribed", permanent: true }],
  ["spam reporting address", { reason: "spam", permanent: true }],
  ["invalid", { reason: "invalid", permanent: true }],
  ["spam content", { reason: "spam", permanent: false }],
]);

const other: Verdict = { reason: "other", permanent: false };

/** What an event says of a delivery that came to nothing, or of the server's answer. */
export function failureOf({ event, type, reason, response, bounce_classification }: Fields): Failure {
  if (event === "bounce") {
    const verdict = bounceTypes.get(type ?? "bounce") ?? other;
    return { ...verdict, detail: eventText(bounce_classification) ?? eventText(type), response: eventText(reason) };
  }
  if (event === "dropped") {
    const detail = eventText(reason);
    return { ...(dropReasons.get(detail?.replace(/\(.*/s, "").trim().toLowerCase()) ?? other), detail };
  }
  return { response: eventText(response) };
}

type Fields = Readonly<Record<string, unknown>>;
