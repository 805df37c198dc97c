import { deadline } from "./abort.ts";
import { type Backoff, backoffRules } from "./backoff.ts";
import { deliver, labelOf } from "./deliver.ts";
import { DeliveryProgress } from "./delivery-progress.ts";
import { type MailError, toMailError } from "./mail-error.ts";
import { checkOptions, timeLimitRule } from "./option-rules.ts";
import type { PreparedMessage } from "./prepared-message.ts";
import type { Receipt, TransportReceipt } from "./receipt.ts";
import { retryBatch } from "./retry-batch.ts";
import { RetrySchedule, type RetrySettings, waitOrStop } from "./retry-schedule.ts";
import { tell } from "./tell.ts";
import type { Transport, TransportContext } from "./transport.ts";
import { wrapTransport } from "./wrap-transport.ts";

export interface RetryOptions {
  /** Default: the inner transport's. */
  readonly label?: string | undefined;
  /** Tries in all, the first included. Default 3. */
  readonly attempts?: number | undefined;
  /** The wait between tries; where the other side says how long, that long at least. */
  readonly backoff?: Backoff | undefined;
  /** Time for one try in milliseconds. Default: none but the send's own. */
  readonly attemptTimeoutMs?: number | undefined;
  /** Time for all tries and waits in milliseconds. A wait that would end later is not begun. Default 300,000. */
  readonly deadlineMs?: number | undefined;
  /** What to do when it is not known whether the mail was sent. Default `"stop"`, since `"retry"` may send it twice. */
  readonly onUnknown?: "stop" | "retry" | undefined;
}

const rules = {
  label: { type: "string" },
  attempts: { type: "integer", min: 1 },
  backoff: { type: "object" },
  attemptTimeoutMs: timeLimitRule,
  deadlineMs: timeLimitRule,
  onUnknown: { type: "string", oneOf: ["stop", "retry"] },
} as const;

/**
 * Sends again what has failed for a passing reason and surely was not sent: the same mail, with the same ids. Where a
 * server took some recipients and put off others, only the others are tried again.
 * @throws MailError `configuration` for an unknown or wrong option
 */
export function retry(transport: Transport, options: RetryOptions = {}): Transport {
  checkOptions("retry", options, rules);
  checkOptions("retry", options.backoff ?? {}, backoffRules, "backoff.");
  const { attempts = 3, backoff = {}, attemptTimeoutMs, deadlineMs = 300_000, onUnknown = "stop" } = options;
  const settings: RetrySettings = { attempts, backoff, attemptTimeoutMs, deadlineMs, onUnknown };
  return wrapTransport(transport, {
    label: options.label,
    retries: true,
    send: (mail, context) => sendWithRetries(transport, mail, context, settings),
    sendBatch: (batch, context) => retryBatch(transport, batch, context, settings),
  });
}

async function sendWithRetries(
  transport: Transport,
  mail: PreparedMessage,
  context: TransportContext,
  settings: RetrySettings,
): Promise<TransportReceipt> {
  using limit = deadline(context.signal, settings.deadlineMs);
  const { signal } = limit;
  const schedule = new RetrySchedule(settings);
  const progress = new DeliveryProgress(mail);
  while (true) {
    const start = performance.now();
    progress.add(await tryOnce(transport, progress.pendingMail, { ...context, signal }, settings));
    const durationMs = performance.now() - start;
    schedule.tries++;

    const error = progress.keep((failure) => schedule.allows(failure));
    const readable = mail.attachments.every((attachment) => attachment.readable);
    const delayMs = error === undefined || signal.aborted || !readable ? undefined : schedule.delayAfter(error);
    if (error === undefined || delayMs === undefined) return progress.finish();
    const label = error.transport ?? labelOf(transport, context.label);
    tell(context, "retrying", { id: mail.id, transport: label, attempt: schedule.tries, delayMs, durationMs, error });
    const stopped = await waitOrStop(delayMs, signal);
    if (stopped !== undefined) return progress.finish(stopped === "timeout" ? undefined : stopped);
  }
}

async function tryOnce(
  transport: Transport,
  mail: PreparedMessage,
  context: TransportContext,
  { attemptTimeoutMs }: RetrySettings,
): Promise<Receipt | MailError> {
  using limit = deadline(context.signal, attemptTimeoutMs);
  try {
    return await deliver(transport, mail, { ...context, signal: limit.signal }, context.label);
  } catch (thrown) {
    return toMailError(thrown);
  }
}
