import { abortError } from "./abort.ts";
import { labelOf } from "./deliver.ts";
import type { MailError } from "./mail-error.ts";
import { wasNotAsked } from "./not-asked.ts";
import type { Transport } from "./transport.ts";

/** Until when a member was out of service before it was asked, and while it is. */
export interface MemberTry {
  readonly before: number;
  readonly meanwhile: number;
}

/** A member of a group: a transport, and until when it is out of service. */
export class Member {
  readonly transport: Transport;
  readonly label: string;
  readonly #cooldownMs: number;
  /** `performance.now()` until which it is tried last; 0 where it is well. */
  #downUntil = 0;

  constructor(transport: Transport, cooldownMs: number) {
    this.transport = transport;
    this.label = labelOf(transport);
    this.#cooldownMs = cooldownMs;
  }

  get isDown(): boolean {
    return this.#downUntil > performance.now();
  }

  /** Call before it is asked: one that was out of service gets this mail to try; meanwhile others come first. */
  beginTry(): MemberTry {
    const before = this.#downUntil;
    if (before !== 0) this.#rest(0);
    return { before, meanwhile: this.#downUntil };
  }

  /** It is there: it took a mail, or found fault with the mail alone. */
  answered(): void {
    this.#downUntil = 0;
  }

  /** It failed by its own fault, or nothing is learnt: it was not asked after all, or the caller gave up. */
  learnFrom(error: MailError, begun: MemberTry, signal: AbortSignal): void {
    if (wasNotAsked(error) || gaveUp(error, signal)) this.#undecided(begun);
    else if (error.scope === "transport") this.#rest(error.retryAfterMs ?? 0);
    else this.answered();
  }

  /** As before, so that the next mail tries it; what others have found out since then stays. */
  #undecided({ before, meanwhile }: MemberTry): void {
    if (this.#downUntil === meanwhile) this.#downUntil = before;
  }

  #rest(ms: number): void {
    this.#downUntil = performance.now() + Math.max(this.#cooldownMs, ms);
  }
}

/** A member that used up all the time that the caller gave has failed; one that the caller took the mail from has not. */
function gaveUp({ code }: MailError, signal: AbortSignal): boolean {
  return code === "aborted" || (signal.aborted && abortError(signal).code === "aborted");
}

/** Members in service first, then the others, each in their order. */
export function wellFirst(members: readonly Member[]): readonly Member[] {
  return [...members.filter(({ isDown }) => !isDown), ...members.filter(({ isDown }) => isDown)];
}
