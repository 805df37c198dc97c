import {
  addressKey,
  type Emitter,
  joinedEvent,
  type MailEvent,
  type MailEventType,
  type StoredEvent,
  type TrackedMail,
  type TrackingStore,
} from "@mail/core";
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
    const { tracking, emitter } = this.#parts;
    const weighty = this.#weighty(events);
    const known = weighty.length === 0 ? [] : await tracking.known(weighty);
    await this.#suppress(weighty.filter((_, index) => known[index] !== true));
    const stored = await tracking.addEvents(events);
    for (const event of stored) emitter.emit(event.type, event);
    return stored;
  }

  /** Does what the events of a mail could not do as long as it was not recorded. */
  async recorded(mailId: string): Promise<void> {
    await this.#suppress(this.#weighty(await this.#parts.tracking.events(mailId, earliest)));
  }

  #weighty(events: readonly MailEvent[]): readonly MailEvent[] {
    return events.filter((event) =>
      this.#parts.suppressor.concerns({ ...event, recipient: event.recipient ?? anybody }),
    );
  }

  async #suppress(events: readonly MailEvent[]): Promise<void> {
    if (events.length === 0) return;
    const { tracking, suppressor } = this.#parts;
    const mails = await tracking.mailsOf(events);
    const believed = events.flatMap((event, index) =>
      isBelieved(event, mails[index]) ? [joinedEvent(event, mails[index])] : [],
    );
    const concerning = believed.filter((event) => suppressor.concerns(event));
    if (concerning.length > 0) await suppressor.apply(concerning);
  }
}

/** Whoever an event may turn out to be about: complaints often come without the complainant. */
const anybody = "anybody@mail.invalid";

/** Reports of a mail that could not be recorded are few. */
const earliest = 1_000;

/** Anybody can write a bounce about any address: unsigned ones count for those whom the mail went to. */
function isBelieved({ unsigned, recipient }: MailEvent, mail: TrackedMail | undefined): boolean {
  if (unsigned !== true) return true;
  return mail !== undefined && (recipient === undefined || hasRecipient(mail, recipient));
}

function hasRecipient({ recipients }: TrackedMail, recipient: string): boolean {
  return recipients.some((address) => addressKey(address) === addressKey(recipient));
}
