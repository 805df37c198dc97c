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

function missingFields(mail: PreparedMessage, { fields }: Features): readonly Unsupported[] {
  const missing = everyField.filter((field) => !fields.includes(field) && uses[field](mail));
  return missing.map((field) => {
    const kind = essential.has(field) ? "essential" : "advisory";
    if (field !== "internationalLocalPart")
      return { field, kind, reason: "missing", problem: `the transport cannot carry \`${field}\`` };
    const problem = "an address has non-ASCII characters before the @, which needs SMTPUTF8";
    return { field: internationalField(mail) ?? field, kind, reason: "missing", problem, undroppable: true };
  });
}

/** Whether a mail makes use of a field. */
const uses: Readonly<Record<FeatureField, (mail: PreparedMessage) => boolean>> = {
  amp: ({ amp }) => amp !== undefined,
  attachments: ({ attachments }) => attachments.length > 0,
  calendar: ({ calendar }) => calendar !== undefined,
  envelope: ({ envelope, sender, from }) => envelope.from !== (sender ?? from).address,
  internationalLocalPart: (mail) => internationalField(mail) !== undefined,
  metadata: ({ metadata }) => Object.keys(metadata).length > 0,
  priority: ({ priority }) => priority !== undefined && priority !== "normal",
  sender: ({ sender }) => sender !== undefined,
  sendAt: ({ sendAt }) => sendAt !== undefined && sendAt.getTime() > Date.now(),
  tags: ({ tags }) => tags.length > 0,
  template: ({ template }) => template !== undefined,
  tracking: ({ tracking }) => tracking?.opens !== undefined || tracking?.clicks !== undefined,
};

const everyField = Object.keys(uses) as readonly FeatureField[];

/** The first field with an address that needs SMTPUTF8 (RFC 6531). */
function internationalField(mail: PreparedMessage): string | undefined {
  if (hasInternationalLocalPart(mail.from.address)) return "from";
  if (mail.sender !== undefined && hasInternationalLocalPart(mail.sender.address)) return "sender";
  for (const field of ["to", "cc", "bcc", "replyTo"] as const)
    if (mail[field].some(({ address }) => hasInternationalLocalPart(address))) return field;
  return hasInternationalLocalPart(mail.envelope.from) ? "envelope.from" : undefined;
}

function exceededLimits(mail: PreparedMessage, features: Features): readonly Unsupported[] {
  const exceeded: Unsupported[] = [];
  const add = (field: string, problem: string, kind: Unsupported["kind"] = "essential", tooLarge = false): void => {
    exceeded.push({ field, kind, reason: "limit", problem, ...(tooLarge && { tooLarge }) });
  };
  const { requires = [], recipients, bytes, scheduleMs } = features;
  if (requires.includes("to") && mail.to.length === 0) add("to", "the transport needs an address in `to`");
  if (requires.includes("subject") && mail.subject.trim() === "" && mail.template === undefined)
    add("subject", "the transport needs a subject");
  const people = mail.to.length + mail.cc.length + mail.bcc.length;
  if (recipients !== undefined && people > recipients)
    add("to", `there are ${people} recipients, and the transport takes ${recipients}`);
  const size = bytes === undefined ? 0 : knownBytes(mail);
  if (bytes !== undefined && size > bytes) {
    const problem = `the mail has about ${size} bytes, and the transport takes ${bytes}`;
    add(largestField(mail), problem, "essential", true);
  }
  const aheadMs = mail.sendAt === undefined ? 0 : mail.sendAt.getTime() - Date.now();
  if (scheduleMs !== undefined && aheadMs > scheduleMs)
    add("sendAt", `lies further ahead than the transport's ${Math.floor(scheduleMs / 3_600_000)} hours`);
  const { metadata } = features;
  const keys = metadata === undefined ? [] : Object.keys(mail.metadata);
  const reserved = keys.find((key) => metadata?.reservedKeys?.includes(key));
  if (reserved !== undefined) add(`metadata.${reserved}`, "is a key that the provider's events use themselves");
  const tagProblem = features.tags === undefined ? undefined : problemOf(mail.tags, [], features.tags);
  if (tagProblem !== undefined) add("tags", tagProblem, "advisory");
  const metadataProblem = metadata === undefined ? undefined : problemOf(keys, Object.values(mail.metadata), metadata);
  if (metadataProblem !== undefined) add("metadata", metadataProblem, "advisory");
  return exceeded;
}

function problemOf(keys: readonly string[], values: readonly string[], limits: TextLimits): string | undefined {
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
