import type { BatchMail, BatchRecipient } from "./batch.ts";
import { renderBatchRecipient } from "./bulk-recipient.ts";
import { MailError, unsentError } from "./mail-error.ts";
import type { Envelope, PreparedMessage } from "./prepared-message.ts";
import { reasonOf } from "./value-text.ts";

/** What has a limit of its own: each recipient's domain, each recipient, each sender, or what a function says. */
export type LimitBy = "domain" | "recipient" | "sender" | ((mail: PreparedMessage) => string);

/** Places that a mail takes, by key. */
export type LimitCounts = ReadonlyMap<string, number>;

/** Which places a mail takes. @throws MailError `configuration` where the app's function gives no text */
export function limitCounts(mail: PreparedMessage, by: LimitBy | undefined, perRecipient: boolean): LimitCounts {
  return countsOf(
    mail.envelope,
    typeof by === "function" ? { key: keyOf(by, mail) } : (by ?? { key: "" }),
    perRecipient,
  );
}

type Counted = Exclude<LimitBy, (mail: PreparedMessage) => string> | { readonly key: string };

function countsOf({ from, to }: Envelope, counted: Counted, perRecipient: boolean): LimitCounts {
  const counts = new Map<string, number>();
  const add = (key: string, count: number): void => {
    counts.set(key, perRecipient ? (counts.get(key) ?? 0) + count : 1);
  };
  if (counted === "domain") for (const address of to) add(domainOf(address), 1);
  else if (counted === "recipient") for (const address of to) add(address.toLowerCase(), 1);
  else if (counted === "sender") add(from.toLowerCase(), to.length);
  else add(counted.key, to.length);
  // The same order for all, so that no two mails wait for each other.
  return new Map([...counts].sort(([a], [b]) => (a < b ? -1 : 1)));
}

function domainOf(address: string): string {
  return address.slice(address.lastIndexOf("@") + 1).toLowerCase();
}

function keyOf(by: (mail: PreparedMessage) => unknown, mail: PreparedMessage): string {
  const hint = "Return a string, such as the name of the tenant.";
  let key: unknown;
  try {
    key = by(mail);
  } catch (cause) {
    throw new MailError(`by: the function threw: ${reasonOf(cause)}`, {
      code: "configuration",
      field: "by",
      hint,
      cause,
    });
  }
  if (typeof key === "string") return key;
  throw new MailError("by: the function gave no string", { code: "configuration", field: "by", hint });
}

/** Recipients of a batch whose places can be taken at once. */
interface LimitChunk {
  readonly recipients: readonly BatchRecipient[];
  readonly counts: LimitCounts;
}

/** A batch split at a limit, and the recipients for whom the app's function failed. */
export interface LimitPlan {
  readonly chunks: readonly LimitChunk[];
  readonly refused: readonly { readonly id: string; readonly error: MailError }[];
}

/** Splits a batch so that no part takes more than `max` places of one key. */
export function planLimits(
  mail: BatchMail,
  recipients: readonly BatchRecipient[],
  by: LimitBy | undefined,
  max: number,
): LimitPlan {
  const chunks: { recipients: BatchRecipient[]; counts: Map<string, number> }[] = [];
  const refused: { id: string; error: MailError }[] = [];
  for (const recipient of recipients) {
    let own: LimitCounts;
    try {
      own = recipientCounts(mail, recipient, by);
    } catch (thrown) {
      refused.push({ id: recipient.id, error: unsentError(thrown) });
      continue;
    }
    let chunk = chunks.at(-1);
    if (chunk === undefined || [...own].some(([key, count]) => (chunk?.counts.get(key) ?? 0) + count > max)) {
      chunk = { recipients: [], counts: new Map() };
      chunks.push(chunk);
    }
    chunk.recipients.push(recipient);
    for (const [key, count] of own) chunk.counts.set(key, (chunk.counts.get(key) ?? 0) + count);
  }
  return { chunks, refused };
}

function recipientCounts(mail: BatchMail, recipient: BatchRecipient, by: LimitBy | undefined): LimitCounts {
  if (typeof by === "function") return limitCounts(renderBatchRecipient(mail, recipient), by, true);
  return countsOf({ from: mail.envelope.from, to: [recipient.to.address] }, by ?? { key: "" }, true);
}
