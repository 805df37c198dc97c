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

/**
 * Closes a queue or a worker when the process is told to end, then lets it end by the same signal.
 * @returns a function that takes this off again
 */
export function closeOnSignals(closable: Closable, options: SignalOptions = {}): () => void {
  const { signals = ["SIGTERM", "SIGINT"], timeoutMs = 25_000 } = options;
  const off = (): void => {
    for (const signal of signals) process.off(signal, onSignal);
  };
  const onSignal = (signal: NodeJS.Signals): void => {
    off();
    const end = (): void => void process.kill(process.pid, signal);
    closable.close({ timeoutMs }).then(end, end);
  };
  for (const signal of signals) process.on(signal, onSignal);
  return off;
}
