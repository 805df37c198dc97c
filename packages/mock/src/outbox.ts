import { countMails, listMails, type SentMail } from "./sent-mail.ts";

const defaultTimeoutMs = 1_000;

/** What a mock has sent, and who waits for more. */
export class Outbox {
  readonly #mails: SentMail[] = [];
  readonly #waiting = new Set<(mail: SentMail) => void>();
  #view: readonly SentMail[] | undefined;

  /** All mails so far, oldest first; made anew only after a change. */
  get sent(): readonly SentMail[] {
    this.#view ??= Object.freeze([...this.#mails]);
    return this.#view;
  }

  get last(): SentMail | undefined {
    return this.#mails.at(-1);
  }

  add(mail: SentMail): void {
    this.#mails.push(mail);
    this.#view = undefined;
    for (const offer of [...this.#waiting]) offer(mail);
  }

  clear(): void {
    this.#mails.length = 0;
    this.#view = undefined;
  }

  /** The first mail that fits, sent already or still to come. */
  waitFor(predicate: (mail: SentMail) => boolean, timeoutMs: number = defaultTimeoutMs): Promise<SentMail> {
    const { promise, resolve, reject } = Promise.withResolvers<SentMail>();
    const caller: { stack?: string } = {};
    Error.captureStackTrace(caller);
    const timer = setTimeout(() => settle(() => reject(this.#expired(timeoutMs, caller.stack))), timeoutMs);
    const settle = (answer: () => void): void => {
      clearTimeout(timer);
      this.#waiting.delete(offer);
      answer();
    };
    const offer = (mail: SentMail): boolean => {
      try {
        const fits = predicate(mail);
        if (fits) settle(() => resolve(mail));
        return fits;
      } catch (thrown) {
        settle(() => reject(thrown));
        return true;
      }
    };
    this.#waiting.add(offer);
    this.sent.some(offer);
    return promise;
  }

  /** Shows the line that waited: the timer's own stack would show none of the test's. */
  #expired(timeoutMs: number, stack: string | undefined): Error {
    const count = this.#mails.length;
    const what = count === 0 ? "Nothing was sent." : `${countMails(count)} sent:\n${listMails(this.#mails)}`;
    const error = new Error(`waitFor: no mail like that was sent within ${timeoutMs} ms. ${what}`);
    if (stack !== undefined) error.stack = stack.replace(/^.*\n/, () => `Error: ${error.message}\n`);
    return error;
  }
}
