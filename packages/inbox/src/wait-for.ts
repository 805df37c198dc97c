import type { CaughtMail } from "./caught-mail.ts";
import type { Hub } from "./hub.ts";

interface Waiting {
  readonly predicate: (mail: CaughtMail) => boolean;
  readonly timeoutMs: number;
  /** Mails that were there before. */
  readonly present: readonly CaughtMail[];
  /** Ends the wait with its reason. */
  readonly signal: AbortSignal;
}

/** The first mail that fits, already there or still to come. @throws Error after `timeoutMs` that says what did come */
export function waitForMail(hub: Hub, { predicate, timeoutMs, present, signal }: Waiting): Promise<CaughtMail> {
  return new Promise((resolve, reject) => {
    const seen = { count: present.length, last: present.slice(-shown) };
    const settle = (work: () => void): void => {
      clearTimeout(timer);
      signal.removeEventListener("abort", onAbort);
      off();
      work();
    };
    const look = (mail: CaughtMail): boolean => {
      try {
        if (!predicate(mail)) return false;
        settle(() => resolve(mail));
      } catch (thrown) {
        settle(() => reject(thrown));
      }
      return true;
    };
    const onAbort = (): void => settle(() => reject(signal.reason));
    const onTimeout = (): void => settle(() => reject(new Error(timeoutText(timeoutMs, seen))));
    const timer = setTimeout(onTimeout, Math.min(timeoutMs, longestMs));
    const off = hub.onChange((change) => {
      if (change.type !== "caught") return;
      seen.count++;
      seen.last = [...seen.last, change.mail].slice(-shown);
      look(change.mail);
    });
    signal.addEventListener("abort", onAbort);
    if (signal.aborted) onAbort();
    else present.some(look);
  });
}

const shown = 10;
/** Longest time of a timer, 25 days; a longer one would end at once. */
const longestMs = 2 ** 31 - 1;

interface Seen {
  readonly count: number;
  readonly last: readonly CaughtMail[];
}

function timeoutText(timeoutMs: number, { count, last }: Seen): string {
  const lines = last.map((mail) => `  ${JSON.stringify(mail.subject)} to ${mail.envelope.to.join(", ")}`);
  const came = count === 0 ? "none came" : `${count} came${count > shown ? ", at last" : ""}:`;
  return [`No mail that fits within ${timeoutMs} ms; ${came}`, ...lines].join("\n");
}
