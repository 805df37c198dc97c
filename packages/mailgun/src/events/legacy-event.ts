import {
  bareMessageId,
  eventMetadata,
  eventText,
  type MailEvent,
  type MailEventType,
  mailIdKey,
  writeMailEvent,
} from "@mail/core";
import { enhancedCodeOf, type Failure, failureOf } from "./failure.ts";
import { firstOf, headersOf, rawOf, tagsOf, variablesOf } from "./legacy-fields.ts";
import type { FormField } from "./read-form.ts";

/** Help centre, "Legacy Webhooks"; `dropped` and `bounced` are what their codes make of them. */
const types: ReadonlyMap<string | undefined, MailEventType> = new Map([
  ["delivered", "delivered"],
  ["complained", "complained"],
  ["unsubscribed", "unsubscribed"],
  ["opened", "opened"],
  ["clicked", "clicked"],
]);

const readers: ReadonlySet<string | undefined> = new Set(["opened", "clicked", "unsubscribed"]);

type First = (name: string) => string | undefined;

/** Reads the form of a post as Mailgun made it before 2018. It has no id but the token, and no time but the signature's. */
export function toLegacyEvent(fields: readonly FormField[], token: string, signedAt: Date): MailEvent {
  const first: First = (name) => firstOf(fields, name);
  const event = first("event");
  const providerId = bareMessageId(first("Message-Id") ?? first("message-id") ?? headersOf(fields, "message-id")[0]);
  const variables = variablesOf(fields);
  // In other events these are variables of the mail, if anything.
  const ofReader: First = readers.has(event) ? first : () => undefined;
  return writeMailEvent({
    id: token,
    ...outcomeOf(event, first),
    at: signedAt,
    provider: "mailgun",
    mailId: eventText(variables.findLast(([name]) => name === mailIdKey)?.[1]),
    providerId,
    messageId: providerId && `<${providerId}>`,
    recipient: first("recipient"),
    url: ofReader("url"),
    userAgent: ofReader("user-agent"),
    ip: ofReader("ip"),
    tags: tagsOf(fields),
    metadata: eventMetadata(variables),
    raw: rawOf(fields),
  });
}

function outcomeOf(event: string | undefined, first: First): Partial<MailEvent> & Failure {
  const code = first("code");
  const fields = { temporary: false, code: Number.parseInt(code ?? "", 10) || 0 };
  if (event === "bounced") {
    const error = first("error");
    const enhancedCode = enhancedCodeOf(code, error);
    return {
      ...failureOf({ ...fields, reason: "bounce", enhancedCode }),
      ...(error !== undefined && { response: error }),
    };
  }
  if (event !== "dropped") return { type: types.get(event) ?? "unknown" };
  const [reason, description] = [first("reason"), first("description")];
  const failure = failureOf({ ...fields, reason, enhancedCode: enhancedCodeOf(code, description) });
  const detail = description ?? reason;
  return { ...failure, type: "rejected", ...(detail !== undefined && { detail }) };
}
