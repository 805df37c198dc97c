/** Begins to listen for an abort. @returns what ends it */
export type ListenForAbort = (signal: AbortSignal, onAbort: () => void) => () => void;

/** A listener of its own. */
export const listenForAbort: ListenForAbort = (signal, onAbort) => {
  signal.addEventListener("abort", onAbort, { once: true });
  return () => signal.removeEventListener("abort", onAbort);
};

/** A signal that is aborted when all of `signals` are, for the last one's reason; dispose it when the work is done. */
export function signalOfAll(signals: readonly AbortSignal[]): Disposable & { readonly signal: AbortSignal } {
  const controller = new AbortController();
  let open = signals.length;
  const ends = signals.map((signal) => {
    const onAbort = (): void => {
      if (--open === 0) controller.abort(signal.reason);
    };
    if (!signal.aborted) return listenForAbort(signal, onAbort);
    onAbort();
    return () => undefined;
  });
  return {
    signal: controller.signal,
    [Symbol.dispose]() {
      for (const end of ends) end();
    },
  };
}

/**
 * One listener on each signal, however many mails go by it: a signal looks through all of its listeners for each new
 * one, which takes minutes for 100,000 mails at once.
 */
export class SharedSignals {
  readonly #shared = new WeakMap<AbortSignal, { readonly listeners: Set<() => void>; readonly end: () => void }>();

  readonly listen: ListenForAbort = (signal, onAbort) => {
    const shared = this.#shared.get(signal) ?? this.#share(signal);
    shared.listeners.add(onAbort);
    return () => {
      shared.listeners.delete(onAbort);
      if (shared.listeners.size > 0) return;
      shared.end();
      if (this.#shared.get(signal) === shared) this.#shared.delete(signal);
    };
  };

  #share(signal: AbortSignal): { readonly listeners: Set<() => void>; readonly end: () => void } {
    const listeners = new Set<() => void>();
    const end = listenForAbort(signal, () => {
      for (const onAbort of [...listeners]) onAbort();
    });
    const shared = { listeners, end };
    this.#shared.set(signal, shared);
    return shared;
  }
}
