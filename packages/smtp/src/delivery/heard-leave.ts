import type { MailError } from "@mail/core";
import type { MailInFlight, Step } from "./mail-in-flight.ts";

/** A server's 421, or its refusal of RSET. */
export interface Leave {
  readonly mail: MailInFlight;
  /** What it answered. */
  readonly at: Step;
  /** What becomes of the mail by it. */
  readonly error: MailError;
}

/** How long a server has to go after 421, or to go on. */
const leaveMs = 5_000;

/**
 * The last answer, where it was 421: the server goes, and takes none of the commands that follow (RFC 5321 section 3.8).
 * Some stay all the same, as another answer shows. Exim goes after a refusal of RSET, where there were many.
 */
export class HeardLeave {
  #leave: Leave | undefined;
  #timer: NodeJS.Timeout | undefined;

  /** @param onSilence called where the server neither goes nor goes on */
  hear(leave: Leave, onSilence: (silence: Error) => void): void {
    this.#leave = leave;
    const silence = Object.assign(new Error("The server took leave and stayed"), { code: "ETIMEDOUT" });
    this.#timer = setTimeout(onSilence, leaveMs, silence).unref();
  }

  /** @returns what was heard */
  forget(): Leave | undefined {
    const leave = this.#leave;
    this.#leave = undefined;
    clearTimeout(this.#timer);
    return leave;
  }
}

/** The server has nothing more to say about the mail. */
export function endsMail({ mail, at }: Leave): boolean {
  return !mail.waits && !isBeginning(at);
}

/** What of the mails in flight the server has seen nothing of, if it goes. */
export function unseenAfter({ mail, at }: Leave, inFlight: readonly MailInFlight[]): MailInFlight[] {
  return inFlight.filter((other) => other !== mail || (isBeginning(at) && !mail.isFirst));
}

/** It takes leave instead of beginning with the mail. */
const isBeginning = (at: Step): boolean => at === "reset" || at === "mail";
