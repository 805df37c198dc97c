import type { BatchMail, BatchRecipient } from "./batch.ts";
import { renderBatchRecipient } from "./bulk-recipient.ts";
import { carry } from "./carry.ts";
import type { BatchLimits } from "./features.ts";
import type { OnUnsupported, Transport } from "./transport.ts";

/** Recipients of a mail merge that go to a transport together, with `sendBatch`, or one that goes alone. */
export interface BatchPlan<Entry> {
  readonly entries: readonly Entry[];
  /** Advisory fields that all of them do without. */
  readonly dropped: readonly string[];
  readonly alone: boolean;
}

/**
 * Puts recipients together until a limit of the transport is reached. No address stands twice in a batch, since
 * providers key by address, and all of them do without the same fields. One whose mail the transport refuses goes alone,
 * and is told so there.
 */
export class BatchPlanner<Entry extends { readonly recipient: BatchRecipient }> {
  readonly #mail: BatchMail;
  readonly #transport: Transport;
  readonly #onUnsupported: OnUnsupported | undefined;
  readonly #limits: BatchLimits | undefined;
  #entries: Entry[] = [];
  #dropped: readonly string[] = [];
  #addresses = new Set<string>();
  #bytes = 0;

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
    const dropped = this.#droppedFor(entry);
    const bytes = sizeOf(entry);
    if (dropped === undefined || bytes > this.#limits.bytes) return [alone];
    const full = this.#takes(entry, bytes, dropped, this.#limits) ? [] : this.rest();
    this.#entries.push(entry);
    this.#dropped = dropped;
    this.#addresses.add(addressOf(entry));
    this.#bytes += bytes;
    return full;
  }

  /** What is still waiting for more recipients. */
  rest(): readonly BatchPlan<Entry>[] {
    const entries = this.#entries;
    this.#entries = [];
    this.#addresses = new Set();
    this.#bytes = 0;
    return entries.length === 0 ? [] : [{ entries, dropped: this.#dropped, alone: false }];
  }

  #takes(entry: Entry, bytes: number, dropped: readonly string[], limits: BatchLimits): boolean {
    return (
      this.#entries.length === 0 ||
      (this.#entries.length < limits.recipients &&
        this.#bytes + bytes <= limits.bytes &&
        !this.#addresses.has(addressOf(entry)) &&
        this.#dropped.join() === dropped.join())
    );
  }

  /** `undefined` where the transport refuses this recipient's mail. */
  #droppedFor({ recipient }: Entry): readonly string[] | undefined {
    try {
      const mail = renderBatchRecipient(this.#mail, recipient);
      return carry(mail, this.#transport.features, this.#onUnsupported).dropped;
    } catch {
      return undefined;
    }
  }
}

function addressOf({ recipient }: { readonly recipient: BatchRecipient }): string {
  return recipient.to.address.toLowerCase();
}

/** Bytes that a recipient adds to a request, as JSON. */
function sizeOf({
  recipient: { to, values, htmlValues, headers, metadata },
}: {
  readonly recipient: BatchRecipient;
}): number {
  return Buffer.byteLength(JSON.stringify([to, values, htmlValues, headers, metadata]));
}
