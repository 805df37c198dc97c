import { longestTimerMs } from "./longest-timer.ts";
import { amendError, type DeliveryState, MailError, toMailError } from "./mail-error.ts";
import { type ListenForAbort, listenForAbort } from "./shared-signals.ts";

/** The error for an aborted signal: `timeout` where time ran out, else `aborted`. */
export function abortError(signal: AbortSignal, delivery: DeliveryState = "not_sent"): MailError {
  const reason: unknown = signal.reason;
  if (MailError.is(reason)) return amendError(reason, { delivery });
  const timedOut = reason instanceof Error && reason.name === "TimeoutError";
  if (timedOut) {
    return new MailError("The time given for this mail ran out.", {
      code: "timeout",
      delivery,
      hint: "Give it more time, or see why the transport is slow.",
    });
  }
  return new MailError("The caller aborted the send.", { code: "aborted", delivery, cause: reason });
}

/**
 * What a transport threw, as a MailError. An HTTP client's own abort error, or the signal's reason thrown on as `fetch`
 * does, does not say how far the mail had come.
 */
export function transportError(thrown: unknown, signal: AbortSignal): MailError {
  const abortOfClient = thrown instanceof Error && thrown.name === "AbortError";
  const saysNothing = signal.aborted && (abortOfClient || thrown === signal.reason);
  return saysNothing ? abortError(signal, "unknown") : toMailError(thrown);
}

/**
 * Gives up on `work` as soon as the signal is aborted; what it does afterwards is ignored.
 * @param delivery asked at that moment. Default `"not_sent"`, for what comes before the mail is handed over.
 * @throws MailError `aborted` or `timeout`
 */
export function untilAborted<T>(
  work: PromiseLike<T>,
  signal: AbortSignal,
  delivery: () => DeliveryState = () => "not_sent",
): Promise<T> {
  const { promise, resolve, reject } = Promise.withResolvers<T>();
  const onAbort = (): void => reject(abortError(signal, delivery()));
  if (signal.aborted) onAbort();
  else signal.addEventListener("abort", onAbort);
  settle(work, resolve, reject, () => signal.removeEventListener("abort", onAbort));
  return promise;
}

/** How long a transport has for its own answer once it was told to stop, in milliseconds. */
const abortGraceMs = 2_000;

/**
 * Waits for a transport, and a little longer once the signal is aborted: it knows best how far it had come. One that
 * does not react is given up on.
 * @throws MailError what `work` throws; `aborted` or `timeout` with `delivery` where it does not react
 */
export function settleAfterAbort<T>(
  work: Promise<T>,
  signal: AbortSignal,
  delivery: DeliveryState = "unknown",
): Promise<T> {
  const { promise, resolve, reject } = Promise.withResolvers<T>();
  let timer: NodeJS.Timeout | undefined;
  const onAbort = (): void => {
    timer = setTimeout(() => reject(abortError(signal, delivery)), abortGraceMs);
  };
  if (signal.aborted) onAbort();
  else signal.addEventListener("abort", onAbort);
  settle(work, resolve, reject, () => {
    clearTimeout(timer);
    signal.removeEventListener("abort", onAbort);
  });
  return promise;
}

/** `Promise.race` would cost each mail several promises more. */
function settle<T>(
  work: PromiseLike<T>,
  resolve: (value: T) => void,
  reject: (reason: unknown) => void,
  end: () => void,
): void {
  work.then(
    (value) => {
      end();
      resolve(value);
    },
    (reason: unknown) => {
      end();
      reject(reason);
    },
  );
}

/** A signal that follows the caller's own and a time limit; dispose it when the work is done. */
export interface Deadline extends Disposable {
  readonly signal: AbortSignal;
}

/** Joins an optional signal and an optional time limit in milliseconds. */
export function deadline(
  signal: AbortSignal | undefined,
  timeoutMs: number | undefined,
  listen: ListenForAbort = listenForAbort,
): Deadline {
  const controller = new AbortController();
  const onAbort = (): void => controller.abort(signal === undefined ? undefined : abortError(signal));
  if (signal?.aborted) onAbort();
  const stopListening = signal === undefined || signal.aborted ? undefined : listen(signal, onAbort);
  const expired = (): void => {
    const hint = "Give it more time with `timeoutMs`, or see why the transport is slow.";
    controller.abort(new MailError(`The ${timeoutMs} ms given for this mail ran out.`, { code: "timeout", hint }));
  };
  const timer = timeoutMs === undefined ? undefined : setTimeout(expired, Math.min(timeoutMs, longestTimerMs));
  return {
    signal: controller.signal,
    [Symbol.dispose]() {
      clearTimeout(timer);
      stopListening?.();
    },
  };
}
