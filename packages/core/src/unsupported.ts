import type { BatchMail } from "./batch.ts";
import type { FeatureField, Features, TextLimits } from "./features.ts";
import { hasInternationalLocalPart } from "./parse-address.ts";
import { withDerivedHeaders } from "./prepare-headers.ts";
import type { PreparedMessage } from "./prepared-message.ts";

/** Something in a mail that a transport cannot carry. */
export interface Unsupported {
  /** The message's field, such as `sendAt`. */
  readonly field: string;
  /** `essential`: without it the mail is another mail. `advisory`: the mail arrives all the same. */
  readonly kind: "essential" | "advisory";
  /** `limit`: the transport has the field, but not in this size. */
  readonly reason: "missing" | "limit";
  /** What is wrong, in plain words. */
  readonly problem: string;
  /** True for addresses: a mail without them would go to somebody else. */
  readonly undroppable?: boolean;
  /** True where the mail as a whole has too many bytes. */
  readonly tooLarge?: boolean;
}

const essential: ReadonlySet<string> = new Set([
  "amp",
  "attachments",
  "calendar",
  "internationalLocalPart",
  "sender",
  "sendAt",
  "template",
]);

/** What `mail` asks for that `features` does not offer; empty where the transport can carry it. */
export function unsupported(mail: PreparedMessage, features: Features): readonly Unsupported[] {
  return [...missingFields(mail, features), ...exceededLimits(mail, features)];
}

function* missingFields(mail: PreparedMessage, features: Features): Generator<Unsupported> {
  for (const field of usedFields(mail)) {
    if (features.fields.includes(field)) continue;
    const kind = essential.has(field) ? "essential" : "advisory";
    if (field === "internationalLocalPart") {
      const problem = "an address has non-ASCII characters before the @, which needs SMTPUTF8";
      yield { field: internationalField(mail), kind, reason: "missing", problem, undroppable: true };
    } else yield { field, kind, reason: "missing", problem: `the transport cannot carry \`${field}\`` };
  }
}

function usedFields(mail: PreparedMessage): readonly FeatureField[] {
  const used: Record<FeatureField, boolean> = {
    amp: mail.amp !== undefined,
    attachments: mail.attachments.length > 0,
    calendar: mail.calendar !== undefined,
    envelope: mail.envelope.from !== (mail.sender ?? mail.from).address,
    internationalLocalPart: internationalField(mail) !== "",
    metadata: Object.keys(mail.metadata).length > 0,
    priority: mail.priority !== undefined && mail.priority !== "normal",
    sender: mail.sender !== undefined,
    sendAt: mail.sendAt !== undefined && mail.sendAt.getTime() > Date.now(),
    tags: mail.tags.length > 0,
    template: mail.template !== undefined,
    tracking: mail.tracking?.opens !== undefined || mail.tracking?.clicks !== undefined,
  };
  return (Object.keys(used) as FeatureField[]).filter((field) => used[field]);
}

function internationalField(mail: PreparedMessage): string {
  for (const field of ["from", "sender", "to", "cc", "bcc", "replyTo"] as const) {
    const people = [mail[field] ?? []].flat();
    if (people.some(({ address }) => hasInternationalLocalPart(address))) return field;
  }
  return hasInternationalLocalPart(mail.envelope.from) ? "envelope.from" : "";
}

function* exceededLimits(mail: PreparedMessage, features: Features): Generator<Unsupported> {
  const limit = (field: string, problem: string, kind: Unsupported["kind"] = "essential"): Unsupported => ({
    field,
    kind,
    reason: "limit",
    problem,
  });
  if (features.requires?.includes("to") && mail.to.length === 0)
    yield limit("to", "the transport needs an address in `to`");
  if (features.requires?.includes("subject") && mail.subject.trim() === "" && mail.template === undefined) {
    yield limit("subject", "the transport needs a subject");
  }
  const recipients = mail.to.length + mail.cc.length + mail.bcc.length;
  if (features.recipients !== undefined && recipients > features.recipients) {
    yield limit("to", `there are ${recipients} recipients, and the transport takes ${features.recipients}`);
  }
  const bytes = knownBytes(mail);
  if (features.bytes !== undefined && bytes > features.bytes) {
    const item = limit(
      largestField(mail),
      `the mail has about ${bytes} bytes, and the transport takes ${features.bytes}`,
    );
    yield { ...item, tooLarge: true };
  }
  const aheadMs = (mail.sendAt?.getTime() ?? 0) - Date.now();
  if (features.scheduleMs !== undefined && aheadMs > features.scheduleMs) {
    yield limit(
      "sendAt",
      `lies further ahead than the transport's ${Math.floor(features.scheduleMs / 3_600_000)} hours`,
    );
  }
  const reserved = Object.keys(mail.metadata).find((key) => features.metadata?.reservedKeys?.includes(key));
  if (reserved !== undefined) yield limit(`metadata.${reserved}`, "is a key that the provider's events use themselves");
  const tagProblem = exceeded(mail.tags, [], features.tags);
  if (tagProblem !== undefined) yield limit("tags", tagProblem, "advisory");
  const metadataProblem = exceeded(Object.keys(mail.metadata), Object.values(mail.metadata), features.metadata);
  if (metadataProblem !== undefined) yield limit("metadata", metadataProblem, "advisory");
}

function exceeded(keys: readonly string[], values: readonly string[], limits: TextLimits = {}): string | undefined {
  const { count, keyLength, valueLength, bytes, ascii } = limits;
  if (count !== undefined && keys.length > count) return `has ${keys.length} entries, and the transport takes ${count}`;
  if (keyLength !== undefined && keys.some((key) => key.length > keyLength))
    return `has an entry of over ${keyLength} characters`;
  if (valueLength !== undefined && values.some((value) => value.length > valueLength))
    return `has a value of over ${valueLength} characters`;
  const all = [...keys, ...values];
  if (bytes !== undefined && all.reduce((sum, text) => sum + Buffer.byteLength(text), 0) > bytes)
    return `has over ${bytes} bytes`;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the range is ASCII
  return ascii && all.some((text) => /[^\x00-\x7f]/.test(text)) ? "has characters beyond ASCII" : undefined;
}

function largestField(mail: PreparedMessage): "attachments" | "html" | "text" {
  if (mail.attachments.length > 0) return "attachments";
  return (mail.html ?? "").length > (mail.text ?? "").length ? "html" : "text";
}

/** A lower bound: bodies as UTF-8, attachments in base64 where their size is known. */
function knownBytes(mail: PreparedMessage): number {
  const texts = [mail.text, mail.html, mail.amp, mail.calendar?.content];
  const bodies = texts.reduce((sum, body) => sum + Buffer.byteLength(body ?? ""), 0);
  return mail.attachments.reduce((sum, { size = 0 }) => sum + Math.ceil(size / 3) * 4, bodies);
}

const optionalFields = ["amp", "calendar", "priority", "sender", "sendAt", "template", "tracking"] as const;

type Mutable<Type> = { -readonly [Key in keyof Type]: Type[Key] };

/** The mail, or the mail of a batch, without some of its optional fields and the headers that followed from them. */
export function withoutFields<Mail extends PreparedMessage | BatchMail>(mail: Mail, fields: readonly string[]): Mail {
  if (fields.length === 0) return mail;
  const kept: Mutable<PreparedMessage | BatchMail> = { ...mail };
  for (const field of optionalFields) if (fields.includes(field)) delete kept[field];
  if (fields.includes("tags")) kept.tags = [];
  if (fields.includes("metadata")) kept.metadata = {};
  if (fields.includes("attachments")) kept.attachments = [];
  const chosenReturnPath = mail.envelope.from !== (mail.sender ?? mail.from).address;
  const returnPath = (kept.sender ?? kept.from).address;
  const headers = fields.includes("priority") ? withoutPriority(mail) : mail.headers;
  const envelope =
    fields.includes("envelope") || !chosenReturnPath ? { ...mail.envelope, from: returnPath } : mail.envelope;
  return Object.freeze({ ...(kept as Mail), headers, envelope });
}

function withoutPriority({
  priority,
  headers,
}: PreparedMessage | BatchMail): PreparedMessage["headers"] | BatchMail["headers"] {
  const derived = priority === undefined ? {} : withDerivedHeaders({}, { priority });
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !Object.hasOwn(derived, name)));
}
