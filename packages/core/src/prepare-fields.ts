import { headerText, invalid, refuseUnknownFields, requireObject, show } from "./invalid.ts";
import type { CalendarPart, Message, TemplateReference, Tracking, Unsubscribe } from "./message.ts";
import { parseAddress } from "./parse-address.ts";
import type { PreparedMessage } from "./prepared-message.ts";
import { kindOf } from "./value-text.ts";

const messageIdForm = /^<[^\s<>@]+@[^\s<>@]+>$/;

/** Checks a Message-ID and adds `<>` where they are missing (RFC 5322 section 3.6.4). */
export function prepareMessageId(value: string, field: string): string {
  const text = headerText(value, field).trim();
  const id = text.startsWith("<") ? text : `<${text}>`;
  if (messageIdForm.test(id)) return id;
  throw invalid(field, `is no Message-ID: ${show(value)}`, "Write one as <left@right>; several go into `references`.");
}

export function prepareReferences(references: Message["references"]): readonly string[] {
  if (references === undefined) return [];
  const list = typeof references === "string" ? references.split(/\s+/).filter((part) => part !== "") : references;
  if (!Array.isArray(list))
    throw invalid(
      "references",
      `is ${kindOf(references)}, not a string or a list`,
      "Pass the Message-IDs of the thread.",
    );
  return Array.from(list as readonly string[], (id, index) => prepareMessageId(id, `references[${index}]`));
}

export function prepareBody(message: Message, field: "text" | "html" | "amp"): string | undefined {
  const body = message[field];
  if (body !== undefined && typeof body !== "string")
    throw invalid(field, `is ${kindOf(body)}, not a string`, "Pass a string.");
  if (body !== undefined) refuseHalfCharacters(body, field);
  return body;
}

function refuseHalfCharacters(text: string, field: string): void {
  if (text.isWellFormed()) return;
  const hint = "The text was cut inside a character; mend it with toWellFormed().";
  throw invalid(field, "holds half of a surrogate pair", hint);
}

export function prepareCalendar(calendar: CalendarPart): { content: string; method: string } {
  refuseUnknownFields(calendar, ["content", "method"], "calendar.");
  const { content, method: given } = calendar;
  if (typeof content !== "string" || !/^BEGIN:VCALENDAR\r?$/im.test(content)) {
    throw invalid("calendar.content", "is no iCalendar text", "Pass the text from BEGIN:VCALENDAR to END:VCALENDAR.");
  }
  refuseHalfCharacters(content, "calendar.content");
  const method = given === undefined ? (/^METHOD:([A-Z-]+)[ \t]*$/im.exec(content)?.[1] ?? "PUBLISH") : given;
  if (typeof method !== "string" || !/^[A-Za-z-]{1,64}$/.test(method))
    throw invalid("calendar.method", `is no method: ${show(method)}`, "Use REQUEST, CANCEL, REPLY or PUBLISH.");
  return { content, method: method.toUpperCase() };
}

export function prepareTemplate(template: TemplateReference): NonNullable<PreparedMessage["template"]> {
  refuseUnknownFields(template, ["id", "data"], "template.");
  const { id, data = {} } = template;
  if (headerText(id, "template.id").trim() === "")
    throw invalid("template.id", "is empty", "Pass the provider's template id.");
  requireObject(data, "template.data", "Pass { name: value }.");
  try {
    JSON.stringify(data);
  } catch {
    throw invalid("template.data", "cannot be written as JSON", "Leave out bigints and circular references.");
  }
  return { id, data };
}

export function prepareProviderOptions(options: Message["providerOptions"] = {}): PreparedMessage["providerOptions"] {
  requireObject(options, "providerOptions", "Pass the options by adapter, such as { ses: { … } }.");
  return options;
}

export function prepareSendAt(sendAt: Date): Date {
  if (sendAt instanceof Date && !Number.isNaN(sendAt.getTime())) return new Date(sendAt);
  throw invalid("sendAt", "is not a valid Date", "Pass a Date, such as new Date(Date.now() + 60_000).");
}

export function prepareTracking(tracking: Tracking): Tracking {
  refuseUnknownFields(tracking, ["opens", "clicks"], "tracking.");
  const snapshot = Object.freeze({ ...tracking });
  for (const [key, value] of Object.entries(snapshot)) {
    if (value !== undefined && typeof value !== "boolean")
      throw invalid(`tracking.${key}`, `is ${show(value)}`, "Use true or false.");
  }
  return snapshot;
}

export function preparePriority(priority: NonNullable<Message["priority"]>): NonNullable<Message["priority"]> {
  if (["high", "normal", "low"].includes(priority)) return priority;
  throw invalid("priority", `is ${show(priority)}`, 'Use "high", "normal" or "low".');
}

export function prepareIdempotencyKey(key: string): string {
  if (headerText(key, "idempotencyKey").trim() !== "" && key.length <= 255) return key;
  throw invalid(
    "idempotencyKey",
    key.length > 255 ? "is longer than 255 characters" : "is empty",
    "Use a short key such as invoice-4711.",
  );
}

/** RFC 2369 section 3.2 and RFC 8058 section 3.1. */
export function prepareUnsubscribe(unsubscribe: Unsubscribe): NonNullable<PreparedMessage["unsubscribe"]> {
  refuseUnknownFields(unsubscribe, ["url", "mailto", "oneClick"], "unsubscribe.");
  const { url, mailto, oneClick = url !== undefined } = unsubscribe;
  if (url === undefined && mailto === undefined)
    throw invalid("unsubscribe", "has neither url nor mailto", "Give one of them.");
  if (typeof oneClick !== "boolean")
    throw invalid("unsubscribe.oneClick", `is ${show(oneClick)}`, "Use true or false.");
  if (oneClick && url === undefined)
    throw invalid("unsubscribe.oneClick", "needs a url", "Give the https address that takes the POST.");
  return {
    ...(url !== undefined && { url: prepareUnsubscribeUrl(url) }),
    ...(mailto !== undefined && { mailto: prepareUnsubscribeMailto(mailto) }),
    oneClick,
  };
}

function prepareUnsubscribeUrl(url: string): string {
  const text = headerText(url, "unsubscribe.url");
  const parsed = URL.canParse(text) ? new URL(text) : undefined;
  if (parsed?.protocol === "https:") return parsed.href.replace(/[<>,\s]/g, encodeURIComponent);
  throw invalid("unsubscribe.url", `is no https address: ${show(text)}`, "RFC 8058 asks for https://.");
}

function prepareUnsubscribeMailto(mailto: string): string {
  const text = headerText(mailto, "unsubscribe.mailto");
  const [, address = "", query = ""] = /^(?:mailto:)?([^?]*)(.*)$/i.exec(text) ?? [];
  const parsed = parseAddress(decodeURIComponentSafe(address), "unsubscribe.mailto").address;
  const at = parsed.lastIndexOf("@");
  const encodedQuery = query.replace(/[^\x21-\x7e]|[<>,"]/gu, encodeURIComponent);
  return `mailto:${encodeURIComponent(parsed.slice(0, at))}${parsed.slice(at)}${encodedQuery}`;
}

function decodeURIComponentSafe(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
