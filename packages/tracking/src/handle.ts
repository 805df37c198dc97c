import {
  deadline,
  type Logger,
  MailError,
  type MailEvent,
  MailEventError,
  type MailEventSource,
  untilAborted,
} from "@mail/core";
import type { EventIntake } from "./event-intake.ts";
import { answer, comeAgain, refusalStatuses } from "./handle-answer.ts";
import { countedRequest } from "./handle-body.ts";
import { HandleGate } from "./handle-gate.ts";
import { type Place, RequestRoom } from "./handle-room.ts";

interface HandlerParts {
  readonly sources: Readonly<Record<string, MailEventSource>>;
  readonly intake: EventIntake;
  readonly log: Logger;
}

/** Requests in memory at the same time, and how much their bodies have together. */
const room = { requests: 1_000, bytes: 64 * 1024 * 1024 };
/** Whose events are stored at the same time. */
const storedAtOnce = 16;
/** For a body to arrive and be checked; providers themselves wait less long. */
const bodyTimeMs = 15_000;

/** Answers providers' reports. */
export class ReportHandler {
  readonly #parts: HandlerParts;
  readonly #room = new RequestRoom(room);
  readonly #gate = new HandleGate(storedAtOnce);
  #closed = false;

  constructor(parts: HandlerParts) {
    this.#parts = parts;
  }

  /** Takes no more: who comes now is told to come again. */
  close(): void {
    this.#closed = true;
  }

  async handle(request: Request, name: string): Promise<Response> {
    const { sources, log } = this.#parts;
    const source = Object.hasOwn(sources, name) ? sources[name] : undefined;
    if (source === undefined) {
      log.warn({ source: name, known: Object.keys(sources) }, "A report came for a source that is not configured");
      return answer(404, "unknown_source");
    }
    if (request.method !== "POST") return answer(405, "method_not_allowed", { allow: "POST" });
    if (this.#closed) return comeAgain("closed");
    using place = this.#room.enter();
    if (place === undefined) return this.#putOff(name);
    const events = await this.#read(request, name, source, place);
    if (events instanceof Response) return events;
    using _turn = await this.#gate.enter();
    return await this.#keep(events, name);
  }

  async #read(
    request: Request,
    name: string,
    source: MailEventSource,
    place: Place,
  ): Promise<readonly MailEvent[] | Response> {
    const { log } = this.#parts;
    using time = deadline(place.signal, bodyTimeMs);
    try {
      const events = await untilAborted(source.parse(countedRequest(request, place, time.signal)), time.signal);
      place.settle();
      return events;
    } catch (error) {
      if (place.signal.aborted) return this.#putOff(name);
      if (time.signal.aborted) {
        log.warn({ source: name, bodyTimeMs }, "A report was refused: its body did not come in time");
        return answer(408, "timeout");
      }
      if (MailEventError.is(error)) {
        const { code, field, hint, message: reason } = error;
        log.warn({ source: name, code, field, hint, reason }, "A report was refused");
        return answer(source.statusFor?.(error) ?? refusalStatuses[code], code);
      }
      log.error({ source: name, error }, "A report could not be read");
      return MailError.is(error) && error.retryable ? comeAgain("unavailable") : answer(500, "error");
    }
  }

  #putOff(name: string): Response {
    this.#parts.log.warn({ source: name }, "A report was put off: too many are being read");
    return comeAgain("busy");
  }

  async #keep(events: readonly MailEvent[], name: string): Promise<Response> {
    const { intake, log } = this.#parts;
    try {
      const stored = await intake.add(events);
      log.debug({ source: name, events: events.length, stored: stored.length }, "A report was taken");
      return answer(200, "ok");
    } catch (error) {
      log.error({ source: name, events: events.length, error }, "A report could not be stored; it will come again");
      return comeAgain("unavailable");
    }
  }
}
