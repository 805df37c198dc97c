import { type Address, formatAddress } from "@mail/core";
import { type Difference, firstDifference, isAsymmetric, show } from "./difference.ts";
import { eachHasItsOwn } from "./each-has-its-own.ts";
import type { ExpectedMail } from "./expected-mail.ts";
import {
  type Match,
  type MatchesSubset,
  matchAddress,
  matchAttachment,
  matchBareAddress,
  matchDeep,
  matchText,
} from "./match-value.ts";
import type { SentAttachment, SentMail } from "./sent-mail.ts";

/** How a field compares: as one value, as a list that must hold some, or as an object that must hold some. */
interface Field {
  readonly shape: "one" | "list" | "object";
  readonly match: Match;
  readonly show?: (value: unknown) => string;
  /** The keys that an expected object may have; absent: any. */
  readonly keys?: Readonly<Record<string, Field>>;
  /** Keys compare in any case. */
  readonly anyCase?: boolean;
}

const text: Field = { shape: "one", match: matchText };
const texts: Field = { shape: "list", match: matchText };
const deep: Field = { shape: "one", match: matchDeep };
const address: Field = { shape: "one", match: matchAddress, show: showAddress };
const addresses: Field = { shape: "list", match: matchAddress, show: showAddress };
const record: Field = { shape: "object", match: matchDeep };
const object = (keys: Readonly<Record<string, Field>>): Field => ({ shape: "object", match: matchDeep, keys });

const fields: { readonly [Name in keyof Required<ExpectedMail>]: Field } = {
  id: text,
  messageId: text,
  from: address,
  sender: address,
  to: addresses,
  cc: addresses,
  bcc: addresses,
  replyTo: addresses,
  subject: text,
  text,
  html: text,
  amp: text,
  attachments: { shape: "list", match: matchAttachment, show: showAttachment },
  calendar: object({ content: text, method: text }),
  headers: { ...record, anyCase: true },
  inReplyTo: text,
  references: texts,
  priority: text,
  tags: texts,
  metadata: record,
  template: object({ id: text, data: deep }),
  sendAt: deep,
  tracking: object({ opens: deep, clicks: deep }),
  unsubscribe: object({ url: text, mailto: text, oneClick: deep }),
  envelope: object({
    from: { shape: "one", match: matchBareAddress },
    to: { shape: "list", match: matchBareAddress },
  }),
  idempotencyKey: text,
  providerOptions: deep,
};

const attachmentKeys = ["filename", "content", "contentType", "contentId", "disposition"];

/** Refuses misspelt fields, which would otherwise say nothing. @throws TypeError that lists the known ones */
export function checkExpected(expected: unknown): asserts expected is ExpectedMail {
  if (typeof expected !== "object" || expected === null || Array.isArray(expected) || isAsymmetric(expected)) {
    throw new TypeError("The expected mail must be an object such as { to, subject }.");
  }
  const values: Readonly<Record<string, unknown>> = { ...expected };
  refuseUnknown(values, Object.keys(fields), "");
  for (const [name, { keys }] of Object.entries(fields)) {
    if (keys !== undefined) refuseUnknown(values[name], Object.keys(keys), `${name}.`);
  }
  for (const item of [values["attachments"]].flat()) refuseUnknown(item, attachmentKeys, "attachments.");
  for (const name of ["from", "sender", "to", "cc", "bcc", "replyTo"])
    for (const item of [values[name]].flat()) refuseUnknown(item, ["name", "address"], `${name}.`);
}

function refuseUnknown(value: unknown, known: readonly string[], prefix: string): void {
  if (typeof value !== "object" || value === null || value instanceof RegExp || isAsymmetric(value)) return;
  const stranger = Object.keys(value).find((key) => !known.includes(key));
  if (stranger === undefined) return;
  throw new TypeError(`${prefix}${stranger} is not a field of an expected mail. Fields: ${known.join(", ")}.`);
}

/** The fields in which a mail is not as expected. */
export function compareMail(mail: SentMail, expected: ExpectedMail, subset: MatchesSubset): readonly Difference[] {
  return compareKeys(mail, expected, fields, "", subset);
}

function compareKeys(
  sent: object,
  expected: object,
  known: Readonly<Record<string, Field>> | Field,
  prefix: string,
  subset: MatchesSubset,
  anyCase = false,
): readonly Difference[] {
  const find = (key: string): unknown =>
    Object.entries(sent).find(([name]) => name === key || (anyCase && name.toLowerCase() === key.toLowerCase()))?.[1];
  return Object.entries(expected).flatMap(([key, value]: [string, unknown]) => {
    const field = isField(known) ? known : known[key];
    return field === undefined ? [] : compareField(`${prefix}${key}`, find(key), value, field, subset);
  });
}

function isField(known: Readonly<Record<string, Field>> | Field): known is Field {
  return typeof known["match"] === "function";
}

function compareField(
  name: string,
  sent: unknown,
  expected: unknown,
  field: Field,
  subset: MatchesSubset,
): readonly Difference[] {
  if (field.shape === "object" && typeof expected === "object" && expected !== null && !isAsymmetric(expected)) {
    if (typeof sent !== "object" || sent === null) return [{ field: name, expected: show(expected), sent: show(sent) }];
    const keys = field.keys ?? text;
    return compareKeys(sent, expected, keys, `${name}.`, subset, field.anyCase);
  }
  const fits = field.shape === "list" ? listFits(sent, expected, field, subset) : field.match(sent, expected, subset);
  if (fits) return [];
  const at = typeof sent === "string" && typeof expected === "string" ? firstDifference(sent, expected) : 0;
  const showSent = field.show ?? ((value: unknown) => show(value, at));
  const sentText = Array.isArray(sent) ? sent.map(showSent).join(", ") || "none" : showSent(sent);
  return [{ field: name, expected: show(expected, at), sent: sentText }];
}

/** Each expected item must be there once, others may be too; an empty list stands for none. */
function listFits(sent: unknown, expected: unknown, { match }: Field, subset: MatchesSubset): boolean {
  const items: readonly unknown[] = Array.isArray(sent) ? sent : [];
  if (expected === undefined || (Array.isArray(expected) && expected.length === 0)) return items.length === 0;
  if (isAsymmetric(expected) && expected.getExpectedType?.() === "array") return expected.asymmetricMatch(items);
  return eachHasItsOwn([expected].flat(), items, (item, wanted) => match(item, wanted, subset));
}

function showAddress(value: unknown): string {
  return value === undefined ? "nothing" : JSON.stringify(formatAddress(value as Address));
}

function showAttachment(value: unknown): string {
  const { filename, contentType, content } = value as SentAttachment;
  return `${show(filename)} (${contentType}, ${content.length} bytes)`;
}
