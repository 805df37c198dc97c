import type { MailError } from "@mail/core";

/** Tells of each trouble once, not at every try to overcome it, until `reset` says that it is over. */
export class ReportOnce {
  readonly #report: (error: MailError) => void;
  #last: string | undefined;

  constructor(report: (error: MailError) => void) {
    this.#report = report;
  }

  report(error: MailError): void {
    if (error.message === this.#last) return;
    this.#last = error.message;
    this.#report(error);
  }

  reset(): void {
    this.#last = undefined;
  }
}
