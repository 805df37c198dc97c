import {
  addressKey,
  MailError,
  misconfigured,
  parseAddress,
  type SuppressionEntry,
  type SuppressionReason,
} from "@mail/core";
import { endAfter, requireScope, shortNote } from "./new-suppression.ts";
import { type ImportOptions, readCell } from "./suppression-csv.ts";

/** The entries of one row, or what is wrong with it. */
export type RowReader = (cells: readonly string[]) => readonly SuppressionEntry[] | string;

type Column = "address" | "reason" | "scope" | "tags" | "at" | "expiresAt" | "note" | "mailId" | "status" | "complaint";

/**
 * Names of columns, as our own exports and those of providers have them: SendGrid "Bounces", "Unsubscribes" and "Spam
 * Reports", Mailgun "Suppressions", Amazon SES `ListSuppressedDestinations`.
 */
const columnNames: Readonly<Record<Column, readonly string[]>> = {
  address: ["address", "email", "email_address", "emailaddress", "recipient"],
  reason: ["reason"],
  scope: ["scope"],
  tags: ["tags", "tag"],
  at: ["at", "created", "created_at", "lastupdatetime", "last_update_time"],
  expiresAt: ["expires_at"],
  note: ["note", "error"],
  mailId: ["mail_id"],
  /** What the server answered, by which a hard bounce is told from a block. */
  status: ["status", "code"],
  /** Whence a complaint came (SendGrid), or how many there were (Mailgun). */
  complaint: ["ip", "count"],
};

type Columns = Readonly<Partial<Record<Column, number>>>;

/** Words for reasons, ours and those of providers. */
const reasonWords: Readonly<Record<string, SuppressionReason>> = {
  bounced: "bounced",
  bounce: "bounced",
  complained: "complained",
  complaint: "complained",
  spamreport: "complained",
  unsubscribed: "unsubscribed",
  unsubscribe: "unsubscribed",
  manual: "manual",
};

/** How to read the rows below the first one, by what it names. @throws MailError `configuration` without addresses */
export function rowReader(
  first: readonly string[],
  options: ImportOptions,
): { readonly read: RowReader; readonly isHeader: boolean } {
  const names = first.map((name) =>
    readCell(name)
      .trim()
      .toLowerCase()
      .replaceAll(/[\s-]+/g, "_"),
  );
  const columns = Object.fromEntries(
    Object.entries(columnNames).flatMap(([column, known]) => {
      const index = names.findIndex((name) => known.includes(name));
      return index === -1 ? [] : [[column, index]];
    }),
  ) as Columns;
  if (columns.address !== undefined)
    return { isHeader: true, read: (cells) => readRow(cells, columns, reasonOfFile(columns, names), options) };
  // Amazon SES takes lists without a header: an address and a reason.
  const address = first.findIndex((cell) => cell.includes("@"));
  if (address !== -1)
    return { isHeader: false, read: (cells) => readRow(cells, { address, reason: address + 1 }, "manual", options) };
  throw misconfigured(
    "csv",
    `has no column of addresses among ${first.slice(0, 20).join(", ").slice(0, 200)}`,
    "Name one column `address` or `email`.",
  );
}

/** Why addresses are in a file whose rows do not say it in a word. `status`: it depends on what the server answered. */
function reasonOfFile(columns: Columns, names: readonly string[]): SuppressionReason | "status" {
  if (columns.status !== undefined) return "status";
  if (columns.complaint !== undefined) return "complained";
  if (columns.tags !== undefined || [...names].sort().join() === "created,email") return "unsubscribed";
  return "manual";
}

function readRow(
  cells: readonly string[],
  columns: Columns,
  ofFile: SuppressionReason | "status",
  options: ImportOptions,
): readonly SuppressionEntry[] | string {
  const whole = (column: Column): string => readCell(cells[columns[column] ?? -1] ?? "");
  const cell = (column: Column): string => whole(column).trim();
  try {
    const address = addressKey(parseAddress(cell("address"), "address", "invalid_recipient").address);
    const reason = options.reason ?? reasonOfRow(cell("reason"), cell("status"), ofFile);
    const at = readTime(cell("at"), "at") ?? Date.now();
    const end = readTime(cell("expiresAt"), "expires_at");
    if (end !== undefined && end <= Date.now()) return `ended on ${new Date(end).toISOString()}`;
    const { expiresInMs } = options;
    const expiresAt = end ?? (expiresInMs === undefined ? undefined : endAfter(Date.now(), expiresInMs));
    const said = wordFor(cell("reason")) === undefined ? cell("reason") : "";
    const note = whole("note") || said;
    const mailId = cell("mailId");
    return scopesOf(whole("scope"), cell("tags"), options.scope ?? "").map((scope) => ({
      address,
      reason,
      scope: requireScope(scope, "scope"),
      at,
      ...(expiresAt !== undefined && { expiresAt }),
      ...(note !== "" && { note: shortNote(note) }),
      ...(mailId !== "" && { mailId }),
    }));
  } catch (thrown) {
    if (thrown instanceof RowProblem || MailError.is(thrown)) return thrown.message;
    throw thrown;
  }
}

class RowProblem extends Error {}

function wordFor(text: string): SuppressionReason | undefined {
  if (text.length > 20) return undefined;
  const word = text.toLowerCase().replaceAll(/[\s_-]+/g, "");
  return Object.hasOwn(reasonWords, word) ? reasonWords[word] : undefined;
}

/** RFC 3463: not that of a policy (x.7.x) or of a mail that is too large (x.3.4), by which the address may be well. */
const hardStatus = /^(?:[56]\d\d|5\.(?!7\.|3\.4$)\d{1,3}\.\d{1,3})$/;

function reasonOfRow(reason: string, status: string, ofFile: SuppressionReason | "status"): SuppressionReason {
  const word = wordFor(reason);
  if (word !== undefined) return word;
  if (ofFile !== "status") return ofFile;
  if (hardStatus.test(status)) return "bounced";
  throw new RowProblem(
    `is no hard bounce by its status ${JSON.stringify(status.slice(0, 20))}: import with a reason to take it all the same`,
  );
}

/** Mailgun writes `*` for all mail, and several tags as a list. */
function scopesOf(scope: string, tags: string, ofFile: string): readonly string[] {
  if (scope !== "") return [scope];
  const list = tags
    .split(/[\s,;|[\]"']+/)
    .filter((tag) => tag !== "")
    .map((tag) => (tag === "*" ? "" : tag));
  return list.length === 0 ? [ofFile] : list;
}

/** Seconds or milliseconds since 1970, or a date; one without a zone is UTC. */
function readTime(text: string, column: string): number | undefined {
  if (text === "") return undefined;
  const withZone = /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?$/.test(text)
    ? `${text.replace(" ", "T")}Z`
    : text;
  const ms = /^\d{9,10}(?:\.\d+)?$/.test(text)
    ? Number(text) * 1_000
    : Number(/^\d{12,13}$/.test(text) ? text : Number.NaN);
  const time = Number.isNaN(ms) ? Date.parse(withZone) : ms;
  if (Number.isNaN(time)) throw new RowProblem(`${column}: is no date: ${JSON.stringify(text.slice(0, 40))}`);
  return Math.floor(time);
}
