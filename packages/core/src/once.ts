import type { BatchOutcome, BatchRecipient, BatchRequest } from "./batch.ts";
import { renderBatchRecipient } from "./bulk-recipient.ts";
import { misconfigured } from "./configuration-error.ts";
import { deliver, labelOf } from "./deliver.ts";
import { deliverBatch } from "./deliver-batch.ts";
import { type MailError, toMailError, unsentError } from "./mail-error.ts";
import { memoryStore } from "./memory-store.ts";
import { gaveUpWaiting, notAsked } from "./not-asked.ts";
import { type OnceClaim, OnceClaims } from "./once-claims.ts";
import { checkOptions, timeLimitRule } from "./option-rules.ts";
import type { PreparedMessage } from "./prepared-message.ts";
import type { Receipt } from "./receipt.ts";
import type { Store } from "./store.ts";
import type { Transport, TransportContext } from "./transport.ts";
import { wrapTransport } from "./wrap-transport.ts";

export interface OnceOptions {
  /** Default: the inner transport's. */
  readonly label?: string | undefined;
  /** Where keys are remembered: shared by all processes with the same store. Default: this process's memory. */
  readonly store?: Pick<Store, "claims"> | undefined;
  /** Goes before each key in the store, so that tenants or apps that share it do not take each other's. Default: nothing. */
  readonly key?: string | undefined;
  /** How long a key is remembered, in milliseconds. Default 86,400,000, a day. */
  readonly keepMs?: number | undefined;
  /** After how long without a sign of life a send counts as crashed, in milliseconds: half of `keepMs` at most. Default 60,000. */
  readonly leaseMs?: number | undefined;
}

const rules = {
  label: { type: "string" },
  store: { type: "object" },
  key: { type: "string" },
  keepMs: { type: "integer", min: 200 },
  leaseMs: { ...timeLimitRule, min: 100 },
} as const;

/**
 * Sends each `idempotencyKey` at most once; mails without one go through. A duplicate waits for the first and gets the
 * same receipt. A mail that surely was not sent frees its key. Where it is not known what became of the first, a
 * duplicate is told so and nothing is sent.
 * @throws MailError `configuration` for an unknown or wrong option
 */
export function once(transport: Transport, options: OnceOptions = {}): Transport {
  checkOptions("once", options, rules);
  const { store = memoryStore(), key: prefix, keepMs = 86_400_000, leaseMs = 60_000 } = options;
  if (typeof store.claims?.claim !== "function")
    throw misconfigured("store", "has no claims", "Pass memoryStore(), or a store from @mail/store.");
  const claims = new OnceClaims(store.claims, { prefix, keepMs, leaseMs });
  return wrapTransport(transport, {
    label: options.label,
    send: (mail, context) => sendOnce(transport, claims, mail, context),
    sendBatch: (batch, context) => sendBatchOnce(transport, claims, batch, context),
  });
}

async function sendOnce(
  transport: Transport,
  claims: OnceClaims,
  mail: PreparedMessage,
  context: TransportContext,
): Promise<Receipt> {
  const { idempotencyKey: key, id } = mail;
  if (key === undefined) return await deliver(transport, mail, context, context.label);
  const claim = await claimKey(transport, claims, { key, id }, context);
  if ("receipt" in claim) return claim.receipt;
  try {
    const receipt = await deliver(transport, mail, context, context.label);
    await claim.settle({ receipt }, context);
    return receipt;
  } catch (thrown) {
    const error = toMailError(thrown);
    await claim.settle({ error }, context);
    throw error;
  }
}

async function claimKey(
  transport: Transport,
  claims: OnceClaims,
  { key, id }: { readonly key: string; readonly id: string },
  context: TransportContext,
): Promise<OnceClaim | { readonly receipt: Receipt }> {
  const began = { at: new Date(), start: performance.now() };
  try {
    return await claims.claim(key, id, context);
  } catch (thrown) {
    throw claimError(thrown, transport, context, began);
  }
}

/** Where the caller's time ran out before, the error says that the transport was not asked. */
function claimError(
  thrown: unknown,
  transport: Transport,
  { signal, label }: TransportContext,
  { at, start }: { readonly at: Date; readonly start: number },
): MailError {
  if (!gaveUpWaiting(thrown, signal)) return unsentError(thrown);
  return notAsked(thrown, labelOf(transport, label), { at, durationMs: performance.now() - start });
}

/** Sends those whose keys are free as one batch; those whose mail is on its way elsewhere wait for it afterwards. */
async function sendBatchOnce(
  transport: Transport,
  claims: OnceClaims,
  { mail, recipients }: BatchRequest,
  context: TransportContext,
): Promise<readonly BatchOutcome[]> {
  const held = new Map<string, OnceClaim>();
  const waiting: BatchRecipient[] = [];
  const outcomes: BatchOutcome[] = [];
  const free: BatchRecipient[] = [];
  for (const recipient of recipients) {
    const { id, idempotencyKey: key } = recipient;
    const began = { at: new Date(), start: performance.now() };
    try {
      const claim = key === undefined ? "free" : await claims.tryClaim(key, id, context);
      if (claim === undefined) waiting.push(recipient);
      else if (claim !== "free" && "receipt" in claim) outcomes.push({ id, ok: true, receipt: claim.receipt });
      else {
        free.push(recipient);
        if (claim !== "free") held.set(id, claim);
      }
    } catch (thrown) {
      outcomes.push({ id, ok: false, error: claimError(thrown, transport, context, began) });
    }
  }
  if (free.length > 0) {
    const delivered = await deliverBatch(transport, { mail, recipients: free }, context, { key: context.label });
    await Promise.all(delivered.map((outcome) => held.get(outcome.id)?.settle(outcome, context)));
    outcomes.push(...delivered);
  }
  const late = waiting.map(async (recipient): Promise<BatchOutcome> => {
    const { id } = recipient;
    try {
      const receipt = await sendOnce(transport, claims, renderBatchRecipient(mail, recipient), context);
      return { id, ok: true, receipt };
    } catch (thrown) {
      return { id, ok: false, error: toMailError(thrown) };
    }
  });
  return [...outcomes, ...(await Promise.all(late))];
}
