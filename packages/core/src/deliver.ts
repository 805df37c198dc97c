import { abortError, settleAfterAbort, transportError } from "./abort.ts";
import { type CarriedMail, carry } from "./carry.ts";
import { amendError, MailError, unsentError } from "./mail-error.ts";
import { notAsked } from "./not-asked.ts";
import type { PreparedMessage } from "./prepared-message.ts";
import type { Attempt, Receipt, TransportReceipt } from "./receipt.ts";
import type { Transport, TransportContext } from "./transport.ts";

/** What a transport is called in receipts, errors and logs. */
export function labelOf(transport: Transport, key?: string): string {
  return transport.label ?? key ?? transport.name;
}

/**
 * Sends through one transport and completes its receipt or its error. Mailer and composites all deliver through here.
 * @throws MailError with `transport` and `attempts`
 */
export async function deliver(
  transport: Transport,
  mail: PreparedMessage,
  context: TransportContext,
  key?: string,
): Promise<Receipt> {
  const label = labelOf(transport, key);
  const at = new Date();
  const start = performance.now();
  const attempt = (): Attempt => ({ transport: label, at, durationMs: performance.now() - start });
  let carried: CarriedMail;
  try {
    if (context.signal.aborted) throw abortError(context.signal);
    carried = carry(mail, transport.features, context.onUnsupported);
    refuseUsedStreams(carried.mail);
  } catch (thrown) {
    const error = unsentError(thrown);
    // For whoever sent it through a composite, an attempt says that this transport was passed over.
    throw context.label === undefined ? amendError(error, { transport: label }) : notAsked(error, label, attempt());
  }
  try {
    const receipt = await settleAfterAbort(transport.send(carried.mail, { ...context, label }), context.signal);
    return completeReceipt(receipt, mail, label, carried.dropped, attempt());
  } catch (thrown) {
    throw completeError(transportError(thrown, context.signal), mail, label, attempt());
  }
}

/** Fills in what a transport left out. @throws TypeError for no receipt at all: then nothing is known */
export function completeReceipt(
  receipt: TransportReceipt,
  { id }: { readonly id: string },
  label: string,
  dropped: readonly string[],
  attempt: Attempt,
): Receipt {
  if (typeof receipt !== "object" || receipt === null) throw new TypeError("the transport gave no receipt");
  const { status = "sent", accepted = [], rejected = [] }: Partial<TransportReceipt> = receipt;
  const more = receipt.dropped ?? [];
  const allDropped = more.length === 0 ? dropped : [...new Set([...dropped, ...more])];
  return Object.freeze({
    ...withoutUndefined(receipt),
    status,
    accepted,
    rejected,
    id: receipt.id ?? id,
    transport: receipt.transport ?? label,
    attempts: receipt.attempts ?? [attempt],
    ...(allDropped.length > 0 && { dropped: allDropped }),
  });
}

function withoutUndefined(receipt: object): object {
  if (!Object.values(receipt).includes(undefined)) return receipt;
  return Object.fromEntries(Object.entries(receipt).filter(([, value]) => value !== undefined));
}

export function completeError(
  error: MailError,
  mail: Pick<PreparedMessage, "attachments">,
  label: string,
  attempt: Attempt,
): MailError {
  const usedUp = mail.attachments.some(({ readable }) => !readable);
  return amendError(error, {
    transport: error.transport ?? label,
    attempts: error.attempts.length > 0 ? error.attempts : [{ ...attempt, error }],
    ...(usedUp &&
      error.retryable && {
        retryable: false,
        hint: "An attachment's stream has been read; pass a function that opens it anew, so that the mail can be sent again.",
      }),
  });
}

function refuseUsedStreams({ attachments }: PreparedMessage): void {
  const index = attachments.findIndex(({ readable }) => !readable);
  if (index === -1) return;
  const field = `attachments[${index}].content`;
  throw new MailError(`${field}: is a stream that has been read already`, {
    code: "invalid_message",
    field,
    hint: "Pass a function that opens the stream anew.",
  });
}
