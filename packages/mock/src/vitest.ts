import { expect, type MatcherState } from "vitest";
import { checkExpected, compareMail } from "./compare-mail.ts";
import type { ExpectedMail } from "./expected-mail.ts";
import { type Compared, explainCount, explainMissing, explainUnwanted, explainUnwantedCount } from "./explain.ts";
import type { SentMail } from "./sent-mail.ts";

export type {
  AsymmetricMatcher,
  ExpectedAddress,
  ExpectedAttachment,
  ExpectedMail,
  ExpectedText,
} from "./expected-mail.ts";

declare module "vitest" {
  interface Matchers<R extends void | Promise<void> = void | Promise<void>, T = unknown> {
    /**
     * The mock sent a mail with all these fields, others being free; without `expected`, any mail. Strings match
     * exactly, addresses by address; lists mean these among others, and an empty one none; `undefined` means absent.
     */
    toHaveSent(expected?: ExpectedMail): R;
    /** The mock sent just so many mails like this; without `expected`, so many mails. */
    toHaveSentTimes(times: number, expected?: ExpectedMail): R;
  }
}

expect.extend({
  toHaveSent(this: MatcherState, received: unknown, expected?: ExpectedMail) {
    const compared = compareAll(received, expected, this);
    const message = this.isNot
      ? () => explainUnwanted(compared, expected === undefined)
      : () => explainMissing(compared, expected === undefined);
    return { pass: compared.some(({ differences }) => differences.length === 0), message };
  },
  toHaveSentTimes(this: MatcherState, received: unknown, times: number, expected?: ExpectedMail) {
    if (!(Number.isSafeInteger(times) && times >= 0)) {
      throw new TypeError(`toHaveSentTimes(times) needs a whole number, not ${String(times)}.`);
    }
    const compared = compareAll(received, expected, this);
    const message = this.isNot
      ? () => explainUnwantedCount(compared, expected === undefined)
      : () => explainCount(compared, times, expected === undefined);
    return { pass: compared.filter(({ differences }) => differences.length === 0).length === times, message };
  },
});

function compareAll(received: unknown, expected: ExpectedMail | undefined, state: MatcherState): readonly Compared[] {
  const { equals, utils } = state;
  const sent = sentBy(received);
  if (expected !== undefined) checkExpected(expected);
  const subset = (actual: unknown, wanted: unknown): boolean => equals(actual, wanted, [utils.subsetEquality]);
  return sent.map((mail) => ({ mail, differences: compareMail(mail, expected ?? {}, subset) }));
}

function sentBy(received: unknown): readonly SentMail[] {
  if (typeof received === "object" && received !== null && "sent" in received && Array.isArray(received.sent)) {
    return received.sent as readonly SentMail[];
  }
  throw new TypeError("toHaveSent and toHaveSentTimes are for a mock: expect(mock()).toHaveSent({ to, subject }).");
}
