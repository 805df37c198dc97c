import type { Address } from "@mail/core";
import type { CaughtMail } from "./caught-mail.ts";

/** One condition of a search; a mail must meet all of them. */
export type SearchCondition =
  | { readonly field: "from" | "to" | "subject" | "tags" | "text"; readonly part: string }
  | { readonly field: "attachment" }
  | { readonly field: "before" | "after"; readonly at: number };

/** What of a mail can be searched, folded for comparing without regard to case. */
export interface SearchFields {
  readonly from: string;
  /** To, Cc, Bcc and the envelope. */
  readonly to: string;
  readonly subject: string;
  /** Each tag between line breaks, so that a whole tag is found as a part. */
  readonly tags: string;
  /** All of these, ids, file names and the text. */
  readonly text: string;
  readonly attachment: boolean;
  /** Milliseconds since 1970. */
  readonly at: number;
}

const maxConditions = 50;
/** Of a mail's text; what comes later is not found. */
const maxTextLength = 100_000;

/**
 * Reads `from:ada subject:"two words" has:attachment before:2026-11-23 free text`. A day is the server's local one; it
 * is not part of `before:` and is part of `after:`. Whatever is no known field is free text.
 */
export function parseSearch(search: string): readonly SearchCondition[] {
  // Each character is looked at a fixed number of times: a token never starts inside the one before.
  const token = /\s*(?:([a-z]+):)?(?:"([^"]*)(?:"|$)|([^\s"]\S*))?/iy;
  const conditions: SearchCondition[] = [];
  while (token.lastIndex < search.length && conditions.length < maxConditions) {
    const [all, name, quoted, bare] = token.exec(search) ?? [];
    if (all === undefined || all === "") break;
    conditions.push(...conditionsOf(name, quoted ?? bare ?? ""));
  }
  return conditions;
}

function conditionsOf(name: string | undefined, value: string): readonly SearchCondition[] {
  const field = name?.toLowerCase();
  const known = field !== undefined && fields.has(field);
  if (value === "" && (name === undefined || known)) return [];
  const part = fold(value);
  if (field === "from" || field === "to" || field === "subject") return [{ field, part }];
  if (field === "tag") return [{ field: "tags", part: tagLine(part) }];
  if (field === "has" && part === "attachment") return [{ field: "attachment" }];
  if (field === "before" || field === "after") {
    const at = timeOf(value);
    if (at !== undefined) return [{ field, at }];
  }
  return [{ field: "text", part: name === undefined ? part : fold(`${name}:${value}`) }];
}

const fields: ReadonlySet<string> = new Set(["from", "to", "subject", "tag", "has", "before", "after"]);

/** A day is read in local time, which is what the page shows. */
function timeOf(text: string): number | undefined {
  const at = Date.parse(/^\d{4}-\d\d-\d\d$/.test(text) ? `${text}T00:00` : text);
  return /^\d{4}-\d\d-\d\d/.test(text) && !Number.isNaN(at) ? at : undefined;
}

export function searchFields(mail: CaughtMail): SearchFields {
  const from = fold([...written(mail.from === undefined ? [] : [mail.from]), mail.envelope.from].join("\n"));
  const to = fold([...written([...mail.to, ...mail.cc, ...mail.bcc]), ...mail.envelope.to].join("\n"));
  const subject = fold(mail.subject);
  const tags = mail.tags.map((tag) => tagLine(fold(tag))).join("");
  const ids = [mail.id, mail.mailId, mail.providerId, mail.messageId].filter((id) => id !== undefined);
  const names = mail.attachments.flatMap(({ filename }) => filename ?? []);
  const body = fold([...ids, ...names, bodyText(mail)].join("\n"));
  return {
    from,
    to,
    subject,
    tags,
    text: [from, to, subject, tags, body].join("\n"),
    attachment: mail.attachments.some(({ disposition }) => disposition === "attachment"),
    at: mail.receivedAt.getTime(),
  };
}

export function matches(conditions: readonly SearchCondition[], mail: SearchFields): boolean {
  return conditions.every((condition) => {
    if ("part" in condition) return mail[condition.field].includes(condition.part);
    if (condition.field === "attachment") return mail.attachment;
    return condition.field === "before" ? mail.at < condition.at : mail.at >= condition.at;
  });
}

function bodyText({ text, html }: CaughtMail): string {
  // A tag holds no `<`, so that each character is looked at once.
  return text?.slice(0, maxTextLength) ?? html?.slice(0, maxTextLength).replace(/<[^<>]*>/g, " ") ?? "";
}

function written(addresses: readonly Address[]): readonly string[] {
  return addresses.map(({ name, address }) => (name === undefined ? address : `${name} <${address}>`));
}

function fold(text: string): string {
  return text.normalize("NFC").toLowerCase();
}

function tagLine(folded: string): string {
  return `\n${folded.replace(/\s+/g, " ")}\n`;
}
