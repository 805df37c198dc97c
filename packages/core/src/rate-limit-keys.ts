import type { BatchMail, BatchRecipient } from "./batch.ts";
import { renderBatchRecipient } from "./bulk-recipient.ts";
import { MailError } from "./mail-error.ts";
import type { PreparedMessage } from "./prepared-message.ts";

/** What has a limit of its own: each recipient's domain, each recipient, each sender, or what a function says. */
export type LimitBy = "domain" | "recipient" | "sender" | ((mail: PreparedMessage) => string);

/** Places that a mail takes, by key. */
export type LimitCounts = ReadonlyMap<string, number>;

/** Which places a mail takes. @throws MailError `configuration` where the app's function gives no text */
export function limitCounts(mail: PreparedMessage, by: LimitBy | undefined, perRecipient: boolean): LimitCounts {
  const counts = new Map<string, number>();
  const { from, to } = mail.envelope;
  const add = (key: string, count: number): void => {
    counts.set(key, perRecipient ? (counts.get(key) ?? 0) + count : 1);
  };
  if (by === "domain") for (const address of to) add(domainOf(address), 1);
  else if (by === "recipient") for (const address of to) add(address.toLowerCase(), 1);
  else if (by === "sender") add(from.toLowerCase(), to.length);
  else add(by === undefined ? "" : keyOf(by(mail)), to.length);
  // The same order for all, so that no two mails wait for each other.
  return new Map([...counts].sort(([a], [b]) => (a < b ? -1 : 1)));
}

function domainOf(address: string): string {
  return address.slice(address.lastIndexOf("@") + 1).toLowerCase();
}

function keyOf(value: unknown): string {
  if (typeof value === "string") return value;
  throw new MailError("by: the function gave no string", {
    code: "configuration",
    field: "by",
    hint: "Return a string, such as the name of the tenant.",
  });
}

/** Recipients of a batch whose places can be taken at once. */
export interface LimitChunk {
  readonly recipients: readonly BatchRecipient[];
  readonly counts: LimitCounts;
}

/** Splits a batch so that no part takes more than `max` places of one key. */
export function limitChunks(
  mail: BatchMail,
  recipients: readonly BatchRecipient[],
  by: LimitBy | undefined,
  max: number,
): readonly LimitChunk[] {
  const chunks: { recipients: BatchRecipient[]; counts: Map<string, number> }[] = [];
  for (const recipient of recipients) {
    const own = [...limitCounts(renderBatchRecipient(mail, recipient), by, true)];
    let chunk = chunks.at(-1);
    if (chunk === undefined || own.some(([key, count]) => (chunk?.counts.get(key) ?? 0) + count > max)) {
      chunk = { recipients: [], counts: new Map() };
      chunks.push(chunk);
    }
    chunk.recipients.push(recipient);
    for (const [key, count] of own) chunk.counts.set(key, (chunk.counts.get(key) ?? 0) + count);
  }
  return chunks;
}
