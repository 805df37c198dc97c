import type { BatchMail, BatchRecipient } from "./batch.ts";
import { renderBatchRecipient } from "./bulk-recipient.ts";
import { carry } from "./carry.ts";
import type { BatchLimits } from "./features.ts";
import type { PreparedMessage } from "./prepared-message.ts";
import type { OnUnsupported, Transport } from "./transport.ts";

/** Recipients of a mail merge that go to a transport together, with `sendBatch`, or one that goes alone. */
export interface BatchPlan<Entry> {
  readonly entries: readonly Entry[];
  /** Advisory fields that all of them do without. */
  readonly dropped: readonly string[];
  readonly alone: boolean;
}

/** A batch that is being filled. */
interface OpenBatch<Entry> {
  readonly entries: Entry[];
  readonly dropped: readonly string[];
  readonly addresses: Set<string>;
  /** How many recipients had come before its first. */
  readonly since: number;
  bytes: number;
}

/**
 * Puts recipients together until a limit of the transport is reached. No address stands twice in a batch, since
 * providers key by address, and all of them do without the same fields. One whose mail the transport refuses, or cannot
 * carry beside others, goes alone, and is told so there.
 */
export class BatchPlanner<Entry extends { readonly recipient: BatchRecipient }> {
  readonly #mail: BatchMail;
  readonly #transport: Transport;
  readonly #onUnsupported: OnUnsupported | undefined;
  readonly #limits: BatchLimits | undefined;
  /** By what the mails of a batch have in common, the oldest first. */
  readonly #open = new Map<string, OpenBatch<Entry>>();
  #added = 0;

  constructor(mail: BatchMail, transport: Transport, onUnsupported?: OnUnsupported, inBatches = true) {
    this.#mail = mail;
    this.#transport = transport;
    this.#onUnsupported = onUnsupported;
    this.#limits = inBatches && transport.sendBatch !== undefined ? transport.features.batch : undefined;
  }

  /** Takes one more recipient. @returns what is ready to go */
  add(entry: Entry): readonly BatchPlan<Entry>[] {
    const alone = { entries: [entry], dropped: [], alone: true };
    if (this.#limits === undefined) return [alone];
    const carried = this.#carry(entry);
    if (carried === undefined) return [alone];
    const { mail, dropped } = carried;
    const bytes = sizeOf(entry, mail);
    if (bytes > this.#limits.bytes) return [alone];
    const kind = JSON.stringify([dropped, this.#limits.uniform ? namesOf(mail) : []]);
    const full = [...this.#longWaiting(this.#limits), ...this.#fullFor(kind, entry, bytes, this.#limits)];
    const since = this.#added++;
    const batch = this.#open.get(kind) ?? { entries: [], dropped, addresses: new Set<string>(), since, bytes: 0 };
    batch.entries.push(entry);
    batch.addresses.add(addressOf(entry));
    batch.bytes += bytes;
    this.#open.set(kind, batch);
    return full;
  }

  /** What is still waiting for more recipients. */
  rest(): readonly BatchPlan<Entry>[] {
    return [...this.#open.keys()].map((kind) => this.#close(kind));
  }

  /** Nobody waits until more have come than fit in one batch, and so no more than those wait, whatever their kinds. */
  #longWaiting({ recipients }: BatchLimits): readonly BatchPlan<Entry>[] {
    const kinds: string[] = [];
    for (const [kind, { since }] of this.#open) {
      if (this.#added - since < recipients) break;
      kinds.push(kind);
    }
    return kinds.map((kind) => this.#close(kind));
  }

  #fullFor(kind: string, entry: Entry, bytes: number, limits: BatchLimits): readonly BatchPlan<Entry>[] {
    const batch = this.#open.get(kind);
    const takes =
      batch === undefined ||
      (batch.entries.length < limits.recipients &&
        batch.bytes + bytes <= limits.bytes &&
        !batch.addresses.has(addressOf(entry)));
    return takes ? [] : [this.#close(kind)];
  }

  #close(kind: string): BatchPlan<Entry> {
    const { entries, dropped } = this.#open.get(kind) as OpenBatch<Entry>;
    this.#open.delete(kind);
    return { entries, dropped, alone: false };
  }

  /** `undefined` where the transport refuses this recipient's mail, or takes it only by itself. */
  #carry({ recipient }: Entry): { readonly mail: PreparedMessage; readonly dropped: readonly string[] } | undefined {
    try {
      const mail = renderBatchRecipient(this.#mail, recipient);
      const carried = carry(mail, this.#transport.features, this.#onUnsupported);
      return this.#transport.fitsBatch?.(carried.mail, recipient) === false ? undefined : carried;
    } catch {
      return undefined;
    }
  }
}

function namesOf({ headers, metadata }: PreparedMessage): readonly (readonly string[])[] {
  return [Object.keys(headers).sort(), Object.keys(metadata).sort()];
}

function addressOf({ recipient }: { readonly recipient: BatchRecipient }): string {
  return recipient.to.address.toLowerCase();
}

/** Bytes that a recipient adds to a request, as JSON: values, and what is rendered here or written for each. */
function sizeOf(
  { recipient: { to, values, htmlValues } }: { readonly recipient: BatchRecipient },
  { subject, headers, metadata, template }: PreparedMessage,
): number {
  return Buffer.byteLength(JSON.stringify([to, values, htmlValues, subject, headers, metadata, template?.data]));
}
