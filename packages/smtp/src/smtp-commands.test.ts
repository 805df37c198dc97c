import { MailError } from "@mail/core";
import fc from "fast-check";
import { expect, it } from "vitest";
import { scriptedServer } from "./scripted-server.fixture.ts";
import { send } from "./sending.fixture.ts";
import { smtp } from "./smtp-transport.ts";

const localPart = fc.oneof(
  fc.emailAddress().map((address) => address.slice(0, address.indexOf("@"))),
  fc.string({ unit: "binary", maxLength: 20 }),
  fc.constantFrom(
    '"a b"',
    '"a>b"',
    '"a> SIZE=1"',
    "a>\r\nRCPT TO:<spy@evil.example",
    '"\r\nDATA\r\n"',
    "ü",
    "a\u0085b",
  ),
);
const meant =
  /^(?:EHLO \S+|MAIL FROM:<[^<>]*>(?: (?:SIZE=\d+|SMTPUTF8|BODY=8BITMIME))*|RCPT TO:<[^<>]*>|DATA|\(body\)|RSET)$/;

it("no address puts an unintended command on the wire", async () => {
  await using server = await scriptedServer({ ehlo: "250-test\r\n250-8BITMIME\r\n250-SIZE 100000\r\n250 SMTPUTF8" });
  // However many runs, no connection is at its end.
  const transport = smtp({ host: "127.0.0.1", port: server.port, maxMessages: 1_000_000 });
  await fc.assert(
    fc.asyncProperty(localPart, localPart, async (recipient, sender) => {
      server.lines.length = 0;
      try {
        await send(transport, {
          to: { address: `${recipient}@example.com` },
          envelope: { from: `${sender}@acme.example` },
          text: ".\r\nMAIL FROM:<spy@evil.example>\r\n.\r\n",
        });
      } catch (thrown) {
        if (!MailError.is(thrown)) throw thrown;
        expect(["invalid_message", "invalid_recipient"]).toContain(thrown.code);
      }
      expect(server.lines.filter((line) => !meant.test(line))).toEqual([]);
      for (const command of [/^MAIL/, /^RCPT/, /^DATA/, /^\(body\)/])
        expect(server.lines.filter((line) => command.test(line)).length).toBeLessThanOrEqual(1);
    }),
    { numRuns: 200 },
  );
  await transport.close?.();
}, 30_000);
