import { setTimeout as sleep } from "node:timers/promises";
import { backoffMs, type MailError, toMailError } from "@mail/core";

const backoff = { initialMs: 100, maxMs: 5_000 };

/** Does `work` until it succeeds, over an outage however long. */
export async function keepTrying<T>(work: () => Promise<T>, onError: (error: MailError) => void): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await work();
    } catch (thrown) {
      onError(toMailError(thrown));
      await sleep(backoffMs(tries, backoff));
    }
  }
}
