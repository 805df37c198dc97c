import {
  allFields,
  type BatchOutcome,
  type BatchRequest,
  checkOptions,
  type Features,
  MailError,
  type PreparedMessage,
  renderBatchRecipient,
  type Transport,
  type TransportContext,
  type TransportReceipt,
} from "@mail/core";
import type { EnqueueOutcome, EnqueueResult } from "./queue.ts";

export interface QueueTransportOptions {
  /** Default: the mailer's key, else `queue`. */
  readonly label?: string | undefined;
  /** What the transport carries that the worker sends through, so that a mailer refuses the rest at once. Default: all. */
  readonly features?: Features | undefined;
}

/** Keeps prepared mails. */
export interface MailKeeper {
  keep(mail: PreparedMessage, options: object, signal: AbortSignal): Promise<EnqueueResult>;
  keepMany(mails: readonly PreparedMessage[], signal: AbortSignal): Promise<readonly EnqueueOutcome[]>;
}

/** Recipients of a mail merge that are kept in one round trip. */
const batchLimits = { recipients: 500, bytes: 4 * 1024 * 1024 };

const rules = { label: { type: "string" }, features: { type: "object" } } as const;

/** @throws MailError `configuration` that names the option */
export function queueTransport(queue: MailKeeper, options: QueueTransportOptions): Transport {
  checkOptions("transport", options, rules);
  const { label, features } = options;
  const carried = features ?? { fields: allFields, envelopeRecipients: true };
  return Object.freeze({
    name: "queue",
    label,
    // The queue has the schedule, whatever the transport behind it can do.
    features: {
      ...withoutSchedule(carried),
      fields: [...new Set([...carried.fields, "sendAt" as const])],
      batch: batchLimits,
    },
    async send(mail: PreparedMessage, { signal }: TransportContext): Promise<TransportReceipt> {
      return receiptOf(mail.envelope.to, await queue.keep(mail, {}, signal));
    },
    async sendBatch(
      { mail, recipients }: BatchRequest,
      { signal }: TransportContext,
    ): Promise<readonly BatchOutcome[]> {
      const mails = recipients.map((recipient) => renderBatchRecipient(mail, recipient));
      const outcomes = await queue.keepMany(mails, signal);
      return recipients.map(({ id, to }, index): BatchOutcome => {
        const outcome = outcomes[index];
        if (outcome?.ok) return { id, ok: true, receipt: receiptOf([to.address], outcome) };
        return {
          id,
          ok: false,
          error: outcome?.error ?? new MailError("The queue said nothing.", { code: "unknown" }),
        };
      });
    },
  } satisfies Transport);
}

function receiptOf(accepted: readonly string[], { id }: EnqueueResult): TransportReceipt {
  return { status: "queued", id, accepted, rejected: [] };
}

function withoutSchedule({ scheduleMs: _, ...features }: Features): Features {
  return features;
}
