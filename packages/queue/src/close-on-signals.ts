import { checkOptions, timeLimitRule } from "@mail/core";

/** What can be closed in good order: a queue or a worker. */
interface Closable {
  close(options: { readonly timeoutMs: number }): Promise<void>;
}

export interface SignalOptions {
  /** Default: SIGTERM and SIGINT. */
  readonly signals?: readonly NodeJS.Signals[] | undefined;
  /** How long the mails in hand may take, in milliseconds. Default 25,000, less than Kubernetes and Docker Compose wait. */
  readonly timeoutMs?: number | undefined;
}

const rules = { signals: { type: "array" }, timeoutMs: { ...timeLimitRule, min: 0 } } as const;

/**
 * Closes a queue or a worker when the process is told to end, then lets it end by the same signal, unless the app or
 * another of these listens for it too. A second signal ends it at once.
 * @returns a function that takes this off again
 * @throws MailError `configuration` that names the option
 */
export function closeOnSignals(closable: Closable, options: SignalOptions = {}): () => void {
  checkOptions("closeOnSignals", options, rules);
  const { signals = ["SIGTERM", "SIGINT"], timeoutMs = 25_000 } = options;
  const off = (): void => {
    for (const signal of signals) process.off(signal, onSignal);
  };
  let isClosing = false;
  const onSignal = (signal: NodeJS.Signals): void => {
    const end = (): void => {
      off();
      // Whoever still listens has not finished, and ends the process when it has.
      if (process.listenerCount(signal) === 0) process.kill(process.pid, signal);
    };
    if (isClosing) end();
    else closable.close({ timeoutMs }).then(end, end);
    isClosing = true;
  };
  for (const signal of signals) process.on(signal, onSignal);
  return off;
}
