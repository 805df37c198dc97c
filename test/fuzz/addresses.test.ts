import { formatAddress, MailError, type Message, parseAddress, prepareMessage } from "@mail/core";
import fc from "fast-check";
import addressparser from "nodemailer/lib/addressparser";
import { addressParser } from "postal-mime";
import { describe, expect, test } from "vitest";
import { holdsFor, patienceMs } from "./fuzz.ts";
import { mutated, nastyMailbox, nastyMessages, nearlyAddress } from "./mail-inputs.ts";

/** The result, or the MailError; anything else that is thrown fails the test. */
function resultOf<Result>(work: () => Result): Result | MailError {
  try {
    return work();
  } catch (thrown) {
    if (MailError.is(thrown)) return thrown;
    throw thrown;
  }
}

const written = fc.oneof(
  nastyMailbox,
  mutated(nearlyAddress),
  mutated(nearlyAddress.map((address) => `"Smith, Ada" <${address}>`)),
  mutated(fc.constant("Ada Lovelace <ada@sub.example.com>")),
);

/** As both parsers have it: domains in small letters. */
const only = (list: readonly { readonly address?: string | undefined }[]): string | undefined =>
  list.length === 1 ? list[0]?.address?.toLowerCase() : `${list.length} addresses`;

describe("whatever is written as an address", () => {
  test(
    "is refused with its field, or is one address to other software too",
    async () => {
      let accepted = 0;
      await holdsFor(written, 4_000, (input) => {
        const result = resultOf(() => parseAddress(input, "to[3]", "invalid_recipient"));
        if (MailError.is(result)) {
          expect(result).toMatchObject({ code: "invalid_recipient", field: "to[3]", delivery: "not_sent" });
          expect(result.hint).toBeTruthy();
          return;
        }
        accepted++;
        const text = formatAddress(result);
        expect(`${text}`).not.toMatch(/[\r\n\0\u0085\u2028\u2029]/);
        expect(text.isWellFormed()).toBe(true);
        expect(parseAddress(text, "to")).toEqual(result);
        expect(only(addressParser(text))).toBe(result.address.toLowerCase());
        expect(only(addressparser(text, { flatten: true }))).toBe(result.address.toLowerCase());
      });
      expect(accepted).toBeGreaterThan(500);
    },
    patienceMs,
  );

  test(
    "does not change how many there are in a list",
    async () => {
      await holdsFor(fc.array(written, { minLength: 1, maxLength: 4 }), 2_000, (list) => {
        const message: Message = { from: "a@x.example", to: "b@x.example", cc: list, text: "" };
        const result = resultOf(() => prepareMessage(message));
        if (MailError.is(result)) return void expect(result.field).toMatch(/^cc\[\d\]$/);
        const text = result.cc.map(formatAddress).join(", ");
        const expected = result.cc.map(({ address }) => address.toLowerCase());
        expect(addressParser(text, { flatten: true }).map(({ address }) => address?.toLowerCase())).toEqual(expected);
        expect(addressparser(text, { flatten: true }).map(({ address }) => address.toLowerCase())).toEqual(expected);
      });
    },
    patienceMs,
  );
});

test(
  "a message is prepared, or refused by a MailError that names its field",
  async () => {
    const fields =
      /^(?:from|sender|to|cc|bcc|replyTo|subject|text|html|headers|references|inReplyTo|tags|metadata|unsubscribe|attachments|calendar)\b/;
    await holdsFor(nastyMessages, 3_000, (message) => {
      const result = resultOf(() => prepareMessage(message));
      if (MailError.is(result)) {
        expect(result.field).toMatch(fields);
        expect(result.message).toContain(result.field);
        expect(result.message).not.toMatch(/[\r\0\u0085\u2028\u2029]/);
      }
    });
  },
  patienceMs,
);
