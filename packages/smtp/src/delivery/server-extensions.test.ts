import { expect, it } from "vitest";
import { extensionsOf } from "./server-extensions.ts";
import { serverMessageId } from "./server-message-id.ts";

const none = { pipelining: false, chunking: false, eightBitMime: false, smtpUtf8: false, size: false, maxBytes: 0 };

it.each([
  ["250 test", none],
  ["250-chunking.example PIPELINING\n250 HELP", none],
  ["250-test\n250-pipelining\n250-SIZE\n250 8bitmime", { ...none, pipelining: true, size: true, eightBitMime: true }],
  [
    "250-test\n250-SIZE 2000 \n250-CHUNKING\n250 SMTPUTF8",
    { ...none, size: true, maxBytes: 2000, chunking: true, smtpUtf8: true },
  ],
  ["250-test\n250 XXXXXXXA", none],
])("reads %j", (ehlo, expected) => {
  expect(extensionsOf(ehlo)).toEqual(expected);
});

it.each([
  ["250 2.0.0 OK <a1@b2.prod.outlook.com> [Hostname=x]", "smtp.office365.com", "<a1@b2.prod.outlook.com>"],
  [
    "250 Ok 0100018b5c3c0a4f-AA-000000",
    "email-smtp.us-east-1.amazonaws.com",
    "<0100018b5c3c0a4f-aa-000000@email.amazonses.com>",
  ],
  ["250 Ok 01-02", "email-smtp.eu-west-1.amazonaws.com", "<01-02@eu-west-1.amazonses.com>"],
  ["250 Ok 01-02", "vpce-1.email-smtp.eu-west-1.vpce.amazonaws.com.", "<01-02@eu-west-1.amazonses.com>"],
  ["250 Ok 01-02", "smtp.example.com", undefined],
  ["250 2.0.0 Ok: queued as 4XYZ", "email-smtp.eu-west-1.amazonaws.com", undefined],
])("reads the Message-ID out of %j of %s", (response, host, expected) => {
  expect(serverMessageId(response, host)).toBe(expected);
});
