import { headerText, invalid, requireObject, show } from "./invalid.ts";
import type { PreparedMessage } from "./prepared-message.ts";

/** Headers that have a field of their own, with that field. */
const fieldOf: Readonly<Record<string, string>> = {
  from: "from",
  sender: "sender",
  to: "to",
  cc: "cc",
  bcc: "bcc",
  "reply-to": "replyTo",
  subject: "subject",
  "return-path": "envelope.from",
};

/** Headers that are made for each mail: by us, by the server on the way, or by a provider (SendGrid's X-SG-*). */
const made = new Set(["date", "message-id", "mime-version", "dkim-signature", "received", "x-mail-id"]);

/**
 * Headers by which providers and servers are steered: they would add recipients, change what is sent or be dropped.
 * SendGrid "X-SMTPAPI" and v3 header rules, Mailgun "Passing sending options", Amazon SES "Header fields", Mandrill
 * "SMTP headers", SparkPost "X-MSYS-API", Sendmail's Apparently-To, RFC 5322 section 3.6.6 (resent fields).
 */
const steering = /^(?:x-smtpapi|x-sg-.*|x-mailgun-.*|x-ses-.*|x-mc-.*|x-msys-api|apparently-to|resent-.*)$/;

/** Longest line (RFC 5322 section 2.1.1); a value without spaces cannot be folded. */
const maxLineBytes = 998;

const nameToken = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,126}$/;

/** Checks the app's own headers (RFC 5322 section 2.2 and 3.6). @throws MailError `invalid_message` */
export function prepareHeaders(headers: Readonly<Record<string, unknown>> = {}): Record<string, string> {
  requireObject(headers, "headers", 'Write { "X-Name": "value" }.');
  const prepared: [string, string][] = [];
  const seen = new Set<string>();
  for (const [name, value] of Object.entries(headers)) {
    const field = `headers.${headerText(name, "headers")}`;
    const lower = name.toLowerCase();
    if (!nameToken.test(name))
      throw invalid(field, `is no header name: ${show(name)}`, "Use letters, digits and hyphens.");
    const own = Object.hasOwn(fieldOf, lower) ? fieldOf[lower] : undefined;
    if (own !== undefined) throw invalid(field, "has a field of its own", `Use the field \`${own}\`.`);
    if (made.has(lower) || lower.startsWith("content-")) {
      throw invalid(field, "is a reserved header", "It is made for each mail; leave it out.");
    }
    if (steering.test(lower)) {
      throw invalid(
        field,
        "is a header by which a provider is steered",
        "Use the message's fields, or `providerOptions`.",
      );
    }
    if (seen.has(lower)) throw invalid(field, "is given twice", "Write each header once, in one spelling.");
    seen.add(lower);
    prepared.push([name, requireHeaderText(name, headerText(value, field), field)]);
  }
  return Object.fromEntries(prepared);
}

/** Refuses a header's value that is empty, or makes a line too long. @throws MailError `invalid_message` */
export function requireHeaderText(name: string, text: string, field: string): string {
  if (text.trim() === "") throw invalid(field, "is empty", "Leave the header out.");
  return requireFoldable(name, text, field);
}

/** Refuses plain ASCII that makes a line too long; other text is encoded in words. @throws MailError `invalid_message` */
export function requireFoldable(name: string, text: string, field: string): string {
  if (name.length + 2 + text.length <= maxLineBytes) return text;
  // A line is broken before white space, which then stands on the next one.
  const longest = (text.match(/[ \t]*[^ \t]*/g) ?? []).reduce((length, word) => Math.max(length, word.length), 0);
  if (/^[\t\x20-\x7e]*$/.test(text) && name.length + 2 + longest > maxLineBytes) {
    throw invalid(
      field,
      `has ${longest} characters between which no line can be broken`,
      `A line holds ${maxLineBytes}: shorten the value.`,
    );
  }
  return text;
}

type Derived = Pick<PreparedMessage, "id" | "inReplyTo" | "references" | "priority" | "unsubscribe">;

/** Adds the headers that follow from other fields. @throws MailError `invalid_message` where the app wrote one itself */
export function withDerivedHeaders(
  own: Readonly<Record<string, string>>,
  mail: Partial<Derived>,
): Readonly<Record<string, string>> {
  const headers: Record<string, string> = { ...own };
  const lower = Object.keys(own).map((name) => name.toLowerCase());
  for (const [name, value] of derivedHeaders(mail)) {
    requireFoldable(name, value, fieldOfDerived[name] ?? name);
    if (lower.includes(name.toLowerCase())) {
      throw invalid(`headers.${name}`, "also follows from another field", "Use either the field or the header.");
    }
    headers[name] = value;
  }
  return Object.freeze(headers);
}

/** The field from which a header follows. */
const fieldOfDerived: Readonly<Record<string, string>> = {
  "In-Reply-To": "inReplyTo",
  References: "references",
  "List-Unsubscribe": "unsubscribe",
};

function derivedHeaders({
  id,
  inReplyTo,
  references = [],
  priority,
  unsubscribe,
}: Partial<Derived>): [string, string][] {
  const headers: [string, string][] = [];
  if (id !== undefined) headers.push(["X-Mail-Id", id]);
  if (inReplyTo !== undefined) headers.push(["In-Reply-To", inReplyTo]);
  if (references.length > 0) headers.push(["References", references.join(" ")]);
  if (priority === "high") headers.push(["X-Priority", "1 (Highest)"], ["Importance", "High"]);
  if (priority === "low") headers.push(["X-Priority", "5 (Lowest)"], ["Importance", "Low"]);
  if (unsubscribe !== undefined) {
    const { url, mailto, oneClick } = unsubscribe;
    const ways = [url, mailto].filter((way) => way !== undefined);
    headers.push(["List-Unsubscribe", ways.map((way) => `<${way}>`).join(", ")]);
    if (oneClick) headers.push(["List-Unsubscribe-Post", "List-Unsubscribe=One-Click"]);
  }
  return headers;
}
