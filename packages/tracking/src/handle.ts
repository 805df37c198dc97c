import { type Logger, MailError, type MailEvent, MailEventError, type MailEventSource } from "@mail/core";
import type { EventIntake } from "./event-intake.ts";
import { answer, comeAgain, refusalStatuses } from "./handle-answer.ts";
import { withTimeForBody } from "./handle-body.ts";
import { HandleGate } from "./handle-gate.ts";

interface HandlerParts {
  readonly sources: Readonly<Record<string, MailEventSource>>;
  readonly intake: EventIntake;
  readonly log: Logger;
}

/** Bodies and their events in memory at the same time; sources read 5 MB of one at most. */
const inMemory = 16;
/** Those that wait have sent little more than their headers. */
const waiting = 1_000;
/** For a body to arrive and be checked; providers themselves wait less long. */
const bodyTimeMs = 15_000;

/** Answers providers' reports. */
export class ReportHandler {
  readonly #parts: HandlerParts;
  readonly #gate = new HandleGate({ inside: inMemory, waiting });
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
    using place = await this.#gate.enter();
    if (place === undefined) {
      log.warn({ source: name }, "A report was put off: too many are being read");
      return comeAgain("busy");
    }
    const events = await this.#read(request, name, source);
    return events instanceof Response ? events : await this.#keep(events, name);
  }

  async #read(request: Request, name: string, source: MailEventSource): Promise<readonly MailEvent[] | Response> {
    const { log } = this.#parts;
    const time = new AbortController();
    const timer = setTimeout(() => time.abort(), bodyTimeMs);
    try {
      return await source.parse(withTimeForBody(request, time.signal));
    } catch (error) {
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
    } finally {
      clearTimeout(timer);
    }
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
