import type { Emitter, MailEvent, MailEventType, StoredEvent, TrackingStore } from "@mail/core";
import { checkEvents } from "./check-events.ts";

export type TrackerEvents = Readonly<Record<MailEventType, StoredEvent>>;

/** Puts addresses on the suppression list. */
export interface EventSuppressor {
  /** True for an event after which an address must not be mailed any more, or may be again. */
  concerns(event: MailEvent): boolean;
  apply(events: readonly MailEvent[]): Promise<void>;
}

interface IntakeParts {
  readonly tracking: TrackingStore;
  readonly suppressor: EventSuppressor;
  readonly emitter: Emitter<TrackerEvents>;
}

/** Takes events in, each once, whoever reports them and however often. */
export class EventIntake {
  readonly #parts: IntakeParts;

  constructor(parts: IntakeParts) {
    this.#parts = parts;
  }

  /**
   * Suppresses addresses first and stores the events then: a crash in between leaves events that come again, and never
   * one that was stored without its address being suppressed. What is stored already suppresses nothing, so that an
   * event which comes again hours later does not put back whom somebody took off the list.
   */
  async add(events: readonly MailEvent[]): Promise<readonly StoredEvent[]> {
    checkEvents(events);
    if (events.length === 0) return [];
    const { tracking, suppressor, emitter } = this.#parts;
    const weighty = events.filter((event) => suppressor.concerns({ ...event, recipient: event.recipient ?? anybody }));
    const addressed = await Promise.all(weighty.map((event) => this.#withRecipient(event)));
    await this.#suppress(addressed);
    const stored = await tracking.addEvents(events);
    // Only now is it known of which mail, and so about whom, an event is that names neither.
    if (addressed.some(({ recipient }) => recipient === undefined)) {
      const nameless = new Set(addressed.filter(({ recipient }) => recipient === undefined).map(({ id }) => id));
      await suppressor.apply(stored.filter((event) => nameless.has(event.id) && suppressor.concerns(event)));
    }
    for (const event of stored) emitter.emit(event.type, event);
    return stored;
  }

  async #suppress(events: readonly MailEvent[]): Promise<void> {
    const { tracking, suppressor } = this.#parts;
    const concerning = events.filter((event) => suppressor.concerns(event));
    if (concerning.length === 0) return;
    const known = await tracking.known(concerning);
    const fresh = concerning.filter((_, index) => known[index] !== true);
    if (fresh.length > 0) await suppressor.apply(fresh);
  }

  /** Complaints often come without the complainant, who is the only recipient of the mail. */
  async #withRecipient(event: MailEvent): Promise<MailEvent> {
    const { mailId, recipient } = event;
    if (mailId === undefined || recipient !== undefined) return event;
    const mail = await this.#parts.tracking.mail(mailId);
    const [only, another] = mail?.recipients ?? [];
    return only === undefined || another !== undefined ? event : { ...event, recipient: only };
  }
}

/** Whoever an event may turn out to be about. */
const anybody = "anybody@mail.invalid";
