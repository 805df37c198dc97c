import { onLateFailure } from "./late-failure.ts";
import type { Logger } from "./logger.ts";

/** Gives back what it likes; of a Promise it is heard where it fails. */
export type EventHandler<Event> = (event: Event) => unknown;

/** Calls handlers; one that fails is logged and changes nothing. */
export class Emitter<Events extends object> {
  readonly #handlers = new Map<keyof Events, Set<EventHandler<never>>>();
  readonly #log: Logger;

  constructor(log: Logger) {
    this.#log = log;
  }

  /** @returns a function that takes the handler off again */
  on<Name extends keyof Events>(name: Name, handler: EventHandler<Events[Name]>): () => void {
    const handlers = this.#handlers.get(name) ?? new Set();
    this.#handlers.set(name, handlers.add(handler));
    return () => {
      handlers.delete(handler);
    };
  }

  emit<Name extends keyof Events>(name: Name, event: Events[Name]): void {
    for (const handler of this.#handlers.get(name) ?? []) {
      const report = (error: unknown): void =>
        this.#log.error({ event: name, error }, `A handler for "${String(name)}" failed`);
      try {
        onLateFailure(handler(event as never), report);
      } catch (error) {
        report(error);
      }
    }
  }
}
