import { type BulkRecipient, MailError, type Message } from "@mail/core";
import type { Via } from "@mail/inbox";
import fc from "fast-check";
import { expect, test } from "vitest";
import { anyText, lineText } from "./awkward-texts.ts";
import { apis, expectArrived, freshInbox, merge, transportTo, watch } from "./bulk-inbox.ts";

/** Literal text; most of what would be a placeholder of ours is broken up. */
const literal = (texts: fc.Arbitrary<string>): fc.Arbitrary<string> =>
  texts.map((text) => text.replaceAll("{{", "{ ").replaceAll("{{", "{ "));
const template = (texts: fc.Arbitrary<string>, placeholders: readonly string[]): fc.Arbitrary<string> =>
  fc
    .array(fc.oneof(literal(texts), fc.constantFrom(...placeholders)), { minLength: 1, maxLength: 8 })
    .map((parts) => parts.join(""));

const messages = fc.record({
  subject: template(lineText, ["{{line}}", "{{other}}"]).map((text) => `S ${text}`),
  text: template(anyText, ["{{first}}", "{{last}}", "{{line}}"]),
  html: template(anyText, ["{{first}}", "{{{first}}}", "{{last}}", "{{{last}}}"]),
  headers: fc.record({ "X-Fixed": literal(lineText).map((text) => `f${text}`), "X-Line": fc.constant("x {{line}} y") }),
});
const people = fc.array(
  fc.record({
    data: fc
      .record({ first: anyText, last: anyText, line: lineText, other: lineText })
      // Which the literal texts may come to name.
      .map((data) => ({ ...data, name: "Name", m0: "M0" })),
    headers: fc.option(fc.record({ "X-Own": lineText.map((text) => `own ${text}`) }), { nil: undefined }),
  }),
  { minLength: 1, maxLength: 4 },
);

const vias: readonly Via[] = ["smtp", ...apis];

test.each(vias)("what arrives by %s is what core renders, byte for byte", { timeout: 120_000 }, async (via) => {
  const inbox = await freshInbox();
  const { transport, wanted, batches, alone } = watch(transportTo(inbox, via));
  await fc.assert(
    fc.asyncProperty(messages, people, async (given, listed) => {
      const message: Message = { from: "Acme <hello@acme.example>", ...given };
      const recipients = listed.map((one, index): BulkRecipient => ({ to: `u${index}@example.com`, ...one }));
      const outcomes = await merge(transport, message, recipients).catch((error: unknown) => {
        if (!MailError.is(error) || error.code !== "invalid_message") throw error;
        return fc.pre(false);
      });
      expectArrived(inbox, wanted, outcomes ?? []);
      inbox.clear();
    }),
    { numRuns: Number(process.env["BULK_RUNS"] ?? 100), seed: 7 },
  );
  if (via === "smtp") expect(batches).toEqual([]);
  else expect(batches.length).toBeGreaterThan(alone.length);
});
