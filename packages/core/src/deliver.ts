import { abortError, transportError } from "./abort.ts";
import type { Features } from "./features.ts";
import { amendError, MailError, toMailError } from "./mail-error.ts";
import type { PreparedMessage } from "./prepared-message.ts";
import type { Attempt, Receipt, TransportReceipt } from "./receipt.ts";
import type { OnUnsupported, Transport, TransportContext } from "./transport.ts";
import { type Unsupported, unsupported, withoutFields } from "./unsupported.ts";

/** A mail cut to what a transport carries. */
export interface CarriedMail {
  readonly mail: PreparedMessage;
  /** Advisory fields that were left out. */
  readonly dropped: readonly string[];
}

/**
 * Leaves out what a transport may do without.
 * @throws MailError `unsupported`, `message_too_large` or `invalid_message` for what it may not.
 */
export function carry(mail: PreparedMessage, features: Features, onUnsupported?: OnUnsupported): CarriedMail {
  const missing = unsupported(mail, features);
  const droppable = ({ kind, reason, undroppable = false }: Unsupported): boolean =>
    onUnsupported === "drop"
      ? !undroppable && (kind === "advisory" || reason === "missing")
      : onUnsupported === undefined && kind === "advisory";
  const refused = missing.filter((item) => !droppable(item));
  if (refused.length > 0) throw refusal(refused);
  const dropped = [...new Set(missing.map(({ field }) => field))];
  const due = mail.sendAt !== undefined && mail.sendAt.getTime() <= Date.now();
  const carried = withoutFields(mail, due ? [...dropped, "sendAt"] : dropped);
  const bodies = [carried.text, carried.html, carried.calendar, carried.template];
  if (dropped.length > 0 && bodies.every((body) => body === undefined)) {
    throw refusal(missing.filter(({ field }) => field === "template" || field === "calendar"));
  }
  return { mail: carried, dropped };
}

function refusal(refused: readonly Unsupported[]): MailError {
  const [first] = refused as readonly [Unsupported, ...Unsupported[]];
  const fields = refused.map(({ field }) => field).join(", ");
  const problems = refused.map(({ field, problem }) => `${field}: ${problem}`).join("; ");
  if (refused.some(({ reason }) => reason === "missing")) {
    return new MailError(problems, {
      code: "unsupported",
      field: fields,
      hint: `Leave out ${fields}, or send through a transport that carries it.`,
    });
  }
  const code = first.tooLarge ? "message_too_large" : "invalid_message";
  return new MailError(problems, {
    code,
    field: first.field,
    hint: "Stay within the limit, or send through another transport.",
  });
}

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
  } catch (thrown) {
    throw amendError(toMailError(thrown), { transport: label });
  }
  try {
    refuseUsedStreams(carried.mail);
    const receipt = await settleAfterAbort(transport.send(carried.mail, context), context.signal);
    return completeReceipt(receipt, mail, label, carried.dropped, attempt());
  } catch (thrown) {
    throw completeError(transportError(thrown, context.signal), mail, label, attempt());
  }
}

export function completeReceipt(
  receipt: TransportReceipt,
  { id }: { readonly id: string },
  label: string,
  dropped: readonly string[],
  attempt: Attempt,
): Receipt {
  const allDropped = [...new Set([...dropped, ...(receipt.dropped ?? [])])];
  return Object.freeze({
    ...receipt,
    id: receipt.id ?? id,
    transport: receipt.transport ?? label,
    attempts: receipt.attempts ?? [attempt],
    ...(allDropped.length > 0 && { dropped: allDropped }),
  });
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

/** How long a transport has for its own answer once it was told to stop. */
const abortGraceMs = 2_000;

/** Gives up on a transport that does not react to its signal; nobody knows then what it did. */
async function settleAfterAbort<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  let timer: NodeJS.Timeout | undefined;
  const onAbort = (): void => {
    timer = setTimeout(() => reject(abortError(signal, "unknown")), abortGraceMs);
  };
  if (signal.aborted) onAbort();
  else signal.addEventListener("abort", onAbort, { once: true });
  try {
    return await Promise.race([work, promise]);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", onAbort);
  }
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
