import type { BatchRecipient, BatchRequest } from "./batch.ts";
import { renderBatchHeaders } from "./bulk-recipient.ts";
import type { PreparedMessage } from "./prepared-message.ts";

/** Headers of a batch, ready to use. No name stands in both parts. */
export interface BatchHeaders {
  /** Headers that all recipients have, with the same value. */
  readonly shared: PreparedMessage["headers"];
  /** Each recipient's others. */
  readonly own: ReadonlyMap<BatchRecipient, PreparedMessage["headers"]>;
}

/** Parts the headers that all mails of a batch share from those of each. */
export function splitBatchHeaders({ mail, recipients }: BatchRequest): BatchHeaders {
  const all = recipients.map((recipient) => [recipient, renderBatchHeaders(mail, recipient)] as const);
  const [, first = {}] = all[0] ?? [];
  const shared = Object.entries(first).filter(([name, value]) =>
    all.every(([, headers]) => Object.hasOwn(headers, name) && headers[name] === value),
  );
  const names = new Set(shared.map(([name]) => name));
  const own = all.map(([recipient, headers]) => {
    const others = Object.entries(headers).filter(([name]) => !names.has(name));
    return [recipient, Object.fromEntries(others)] as const;
  });
  return { shared: Object.fromEntries(shared), own: new Map(own) };
}
