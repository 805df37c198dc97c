import type { Address } from "./address.ts";
import type { Attachment } from "./attachment.ts";
import { headerText, invalid, refuseUnknownFields } from "./invalid.ts";
import { MailError } from "./mail-error.ts";
import type { Message } from "./message.ts";
import { parseAddress, parseAddresses } from "./parse-address.ts";
import { prepareAttachment } from "./prepare-attachment.ts";
import {
  prepareBody,
  prepareCalendar,
  prepareIdempotencyKey,
  prepareMessageId,
  preparePriority,
  prepareProviderOptions,
  prepareReferences,
  prepareSendAt,
  prepareTemplate,
  prepareTracking,
  prepareUnsubscribe,
} from "./prepare-fields.ts";
import { prepareHeaders, requireFoldable, withDerivedHeaders } from "./prepare-headers.ts";
import { prepareMetadata, prepareTags } from "./prepare-labels.ts";
import type { PreparedMessage } from "./prepared-message.ts";
import { uuidv7 } from "./uuid-v7.ts";
import { kindOf } from "./value-text.ts";

/** Every field of a message. */
export const messageFields: readonly (keyof Message)[] = [
  "from",
  "sender",
  "to",
  "cc",
  "bcc",
  "replyTo",
  "subject",
  "text",
  "html",
  "amp",
  "attachments",
  "calendar",
  "headers",
  "inReplyTo",
  "references",
  "priority",
  "tags",
  "metadata",
  "template",
  "sendAt",
  "tracking",
  "unsubscribe",
  "envelope",
  "idempotencyKey",
  "providerOptions",
];

/**
 * Checks a message and gives it the shape that transports take. Does no I/O.
 * @throws MailError `invalid_message`, or `invalid_recipient` for `to`, `cc` and `bcc`; `field` names the place.
 */
export function prepareMessage(message: Message, options: { readonly id?: string } = {}): PreparedMessage {
  try {
    return prepare(message, options.id ?? uuidv7());
  } catch (thrown) {
    if (MailError.is(thrown)) throw thrown;
    const hint = "Pass a plain object; a getter or a proxy in it failed.";
    throw new MailError("message: cannot be read", { code: "invalid_message", field: "message", hint, cause: thrown });
  }
}

function prepare(message: Message, id: string): PreparedMessage {
  refuseUnknownFields(message, messageFields, "");
  const people = preparePeople(message);
  const content = prepareContent(message);
  const derived = {
    ...(message.inReplyTo !== undefined && { inReplyTo: prepareMessageId(message.inReplyTo, "inReplyTo") }),
    references: prepareReferences(message.references),
    ...(message.priority !== undefined && { priority: preparePriority(message.priority) }),
    ...(message.unsubscribe !== undefined && { unsubscribe: prepareUnsubscribe(message.unsubscribe) }),
  };
  return Object.freeze({
    id,
    messageId: messageIdFor(id, people.from),
    date: new Date(),
    ...people,
    ...content,
    ...derived,
    headers: withDerivedHeaders(prepareHeaders(message.headers), { id, ...derived }),
    tags: prepareTags(message.tags),
    metadata: prepareMetadata(message.metadata),
    ...(message.sendAt !== undefined && { sendAt: prepareSendAt(message.sendAt) }),
    ...(message.tracking !== undefined && { tracking: prepareTracking(message.tracking) }),
    ...(message.idempotencyKey !== undefined && { idempotencyKey: prepareIdempotencyKey(message.idempotencyKey) }),
    providerOptions: prepareProviderOptions(message.providerOptions),
  });
}

/** A Message-ID on the sender's own domain, made from the mail's id (RFC 5322 section 3.6.4). */
export function messageIdFor(id: string, from: Address): string {
  const domain = from.address.slice(from.address.lastIndexOf("@") + 1);
  return `<${id}@${domain.startsWith("[") ? "localhost" : domain}>`;
}

type People = Pick<PreparedMessage, "envelope" | "from" | "sender" | "to" | "cc" | "bcc" | "replyTo">;

function preparePeople(message: Message): People {
  if (message.from === undefined)
    throw invalid("from", "is missing", "Give the sender here, or once for all mails in the mailer's `defaults`.");
  const from = parseAddress(message.from, "from");
  const sender = message.sender === undefined ? undefined : parseAddress(message.sender, "sender");
  const seen = new Set<string>();
  const to = withoutRepeats(prepareRecipients(message, "to"), seen);
  const cc = withoutRepeats(prepareRecipients(message, "cc"), seen);
  const bcc = withoutRepeats(prepareRecipients(message, "bcc"), seen);
  const everyone = [...to, ...cc, ...bcc].map(({ address }) => address);
  if (everyone.length === 0) {
    throw new MailError("to: there is no recipient", {
      code: "invalid_recipient",
      field: "to",
      hint: "Give at least one address in to, cc or bcc.",
    });
  }
  const { envelope = {} } = message;
  refuseUnknownFields(envelope, ["from"], "envelope.");
  const returnPath = envelope.from === undefined ? (sender ?? from) : parseAddress(envelope.from, "envelope.from");
  return {
    envelope: Object.freeze({ from: returnPath.address, to: Object.freeze(everyone) }),
    from,
    ...(sender !== undefined && { sender }),
    to,
    cc,
    bcc,
    replyTo: parseAddresses(withoutHoles(message.replyTo), "replyTo"),
  };
}

function prepareRecipients(message: Message, field: "to" | "cc" | "bcc"): readonly Address[] {
  const list = message[field];
  if (field === "to" && Array.isArray(list) && list.length === 0) {
    throw new MailError("to: is an empty list", {
      code: "invalid_recipient",
      field,
      hint: "Give at least one address, or leave `to` out and use cc or bcc.",
    });
  }
  return parseAddresses(withoutHoles(list), field, "invalid_recipient");
}

/** Nobody gets a mail twice: the first of to, cc and bcc counts. Capitals make no other mailbox in practice. */
function withoutRepeats(list: readonly Address[], seen: Set<string>): readonly Address[] {
  return list.filter(({ address }) => {
    const key = address.toLowerCase();
    return seen.has(key) ? false : seen.add(key);
  });
}

/** Entries that were never set become `undefined`, so that checks see them. */
function withoutHoles<T>(list: T): T {
  return Array.isArray(list) ? (Array.from(list) as T) : list;
}

type Content = Pick<PreparedMessage, "subject" | "text" | "html" | "amp" | "attachments" | "calendar" | "template">;

function prepareContent(message: Message): Content {
  const text = prepareBody(message, "text");
  const html = prepareBody(message, "html");
  const amp = prepareBody(message, "amp");
  const { attachments: given = [], calendar, subject, template: reference } = message;
  const template = reference === undefined ? undefined : prepareTemplate(reference);
  if (template !== undefined) refuseBodiesBesideTemplate({ text, html, amp });
  else if (text === undefined && html === undefined && calendar === undefined) {
    throw invalid("text", "is missing, and so are html and template", "Give `text`, `html` or both.");
  }
  if (!Array.isArray(given))
    throw invalid("attachments", `is ${kindOf(given)}, not an array`, "Write [{ filename, content }].");
  const attachments = Array.from(given as readonly Attachment[], prepareAttachment);
  if (attachments.length > 1) refuseRepeatedContentIds(attachments.map(({ contentId }) => contentId));
  return {
    subject: requireFoldable("Subject", subject === undefined ? "" : headerText(subject, "subject"), "subject"),
    ...(text !== undefined && { text }),
    ...(html !== undefined && { html }),
    ...(amp !== undefined && { amp }),
    attachments: Object.freeze(attachments),
    ...(calendar !== undefined && { calendar: prepareCalendar(calendar) }),
    ...(template !== undefined && { template }),
  };
}

/** The provider takes the bodies from the template; others would be lost without a word. */
function refuseBodiesBesideTemplate(bodies: Readonly<Record<"text" | "html" | "amp", string | undefined>>): void {
  const field = (["text", "html", "amp"] as const).find((name) => bodies[name] !== undefined);
  if (field === undefined) return;
  throw invalid(
    field,
    "stands beside a template",
    "Leave it out: the template has the text. A subject may stand beside it.",
  );
}

function refuseRepeatedContentIds(ids: readonly (string | undefined)[]): void {
  const seen = new Set<string>();
  for (const [index, id] of ids.entries()) {
    if (id === undefined) continue;
    if (seen.has(id))
      throw invalid(`attachments[${index}].contentId`, "is used twice", "Give each attachment its own.");
    seen.add(id);
  }
}
