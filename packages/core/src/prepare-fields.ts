import { headerText, invalid, refuseUnknownFields, show } from "./invalid.ts";
import type { CalendarPart, Message, TemplateReference, Tracking, Unsubscribe } from "./message.ts";
import { parseAddress } from "./parse-address.ts";
import type { PreparedMessage } from "./prepared-message.ts";

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
  return list.map((id, index) => prepareMessageId(id, `references[${index}]`));
}

export function prepareBody(message: Message, field: "text" | "html" | "amp"): string | undefined {
  const body = message[field];
  if (body !== undefined && typeof body !== "string")
    throw invalid(field, `is ${typeof body}, not a string`, "Pass a string.");
  if (body !== undefined && !body.isWellFormed()) {
    throw invalid(
      field,
      "holds half of a surrogate pair",
      "The text was cut inside a character; mend it with toWellFormed().",
    );
  }
  return body;
}

export function prepareCalendar(calendar: CalendarPart): { content: string; method: string } {
  refuseUnknownFields(calendar, ["content", "method"], "calendar.");
  const { content } = calendar;
  if (typeof content !== "string" || !/^BEGIN:VCALENDAR\r?$/im.test(content)) {
    throw invalid("calendar.content", "is no iCalendar text", "Pass the text from BEGIN:VCALENDAR to END:VCALENDAR.");
  }
  const method = calendar.method ?? /^METHOD:([A-Za-z-]+)\s*$/m.exec(content)?.[1] ?? "PUBLISH";
  if (!/^[A-Za-z-]+$/.test(method))
    throw invalid("calendar.method", `is no method: ${show(method)}`, "Use REQUEST, CANCEL, REPLY or PUBLISH.");
  return { content, method: method.toUpperCase() };
}

export function prepareTemplate(template: TemplateReference): NonNullable<PreparedMessage["template"]> {
  refuseUnknownFields(template, ["id", "data"], "template.");
  if (headerText(template.id, "template.id").trim() === "")
    throw invalid("template.id", "is empty", "Pass the provider's template id.");
  const data = template.data ?? {};
  if (typeof data !== "object" || Array.isArray(data))
    throw invalid("template.data", "is not an object", "Pass { name: value }.");
  return { id: template.id, data };
}

export function prepareSendAt(sendAt: Date): Date {
  if (sendAt instanceof Date && !Number.isNaN(sendAt.getTime())) return new Date(sendAt);
  throw invalid("sendAt", "is not a valid Date", "Pass a Date, such as new Date(Date.now() + 60_000).");
}

export function prepareTracking(tracking: Tracking): Tracking {
  refuseUnknownFields(tracking, ["opens", "clicks"], "tracking.");
  for (const key of ["opens", "clicks"] as const) {
    const value = tracking[key];
    if (value !== undefined && typeof value !== "boolean")
      throw invalid(`tracking.${key}`, `is ${show(value)}`, "Use true or false.");
  }
  return Object.freeze({ ...tracking });
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
  const [address = "", query] = text.replace(/^mailto:/i, "").split("?", 2);
  const parsed = parseAddress(decodeURIComponentSafe(address), "unsubscribe.mailto").address;
  return `mailto:${encodeURI(parsed)}${query === undefined ? "" : `?${query.replace(/[<>,\s]/g, encodeURIComponent)}`}`;
}

function decodeURIComponentSafe(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
