import { expect, test } from "vitest";
import { type InboxOptions, inboxSettings } from "./inbox-options.ts";

test("without options the inbox is on this machine alone, on its usual ports", () => {
  expect(inboxSettings({})).toMatchObject({
    host: "127.0.0.1",
    port: 8025,
    smtpPort: 1025,
    smtpsPort: 1465,
    starttls: "accepted",
    inboxBy: "login",
    maxMails: 10_000,
    maxBytes: 268_435_456,
    maxMessageBytes: 67_108_864,
    webhooks: {},
  });
});

test("port 0 picks free ports for SMTP too, unless they are given", () => {
  expect(inboxSettings({ port: 0 })).toMatchObject({ port: 0, smtpPort: 0, smtpsPort: 0 });
  expect(inboxSettings({ port: 0, smtpPort: 2525 })).toMatchObject({ smtpPort: 2525, smtpsPort: 0 });
});

test("a small bound on all mails bounds each mail", () => {
  expect(inboxSettings({ maxBytes: 1_000 }).maxMessageBytes).toBe(1_000);
  expect(inboxSettings({ maxMessageBytes: 1_000_000_000 }).maxBytes).toBe(1_000_000_000);
});

const refused: readonly (readonly [object, string])[] = [
  [{ prot: 1 }, "prot"],
  [{ constructor: 1 }, "constructor"],
  [{ port: -1 }, "port"],
  [{ port: 65_536 }, "port"],
  [{ smtpPort: 1.5 }, "smtpPort"],
  [{ smtpsPort: "1" }, "smtpsPort"],
  [{ host: "" }, "host"],
  [{ allowedHosts: "a" }, "allowedHosts"],
  [{ starttls: true }, "starttls"],
  [{ inboxBy: "domain" }, "inboxBy"],
  [{ checkPrivateLinks: "yes" }, "checkPrivateLinks"],
  [{ tls: { key: "x" } }, "tls"],
  [{ login: { user: "a" } }, "login"],
  [{ login: { user: "a", pass: "b", more: "c" } }, "login"],
  [{ login: { user: "a", pass: "b c" } }, "login"],
  [{ dataFile: "" }, "dataFile"],
  [{ maxMails: 0 }, "maxMails"],
  [{ maxBytes: Number.NaN }, "maxBytes"],
  [{ maxMessageBytes: 2, maxBytes: 1 }, "maxMessageBytes"],
  [{ webhooks: { twilio: "http://x" } }, "webhooks"],
  [{ webhooks: { sendgrid: "nowhere" } }, "webhooks.sendgrid"],
  [{ webhooks: { smtp: "http://127.0.0.1" } }, "webhooks.smtp"],
  [{ snsSignatureVersion: 2 }, "snsSignatureVersion"],
  [{ topicArn: "" }, "topicArn"],
  [{ release: "smtp://127.0.0.1" }, "release"],
  [{ release: { allow: ["ada@acme.example"] } }, "release"],
  [{ release: { url: "smtp://127.0.0.1", transport: {}, allow: ["ada@acme.example"] } }, "release"],
  [{ release: { url: "", allow: ["ada@acme.example"] } }, "release.url"],
  [{ release: { transport: {}, allow: ["ada@acme.example"] } }, "release.transport"],
  [{ release: { url: "smtp://127.0.0.1", allow: ["a@acme.example"], more: 1 } }, "release.more"],
  [{ release: { url: "smtp://127.0.0.1" } }, "release.allow"],
  [{ release: { url: "smtp://127.0.0.1", allow: [] } }, "release.allow"],
  ...["*", "*@*", "@acme.example", "acme.example", "*.example", "", 1].map(
    (entry) =>
      [{ release: { url: "smtp://127.0.0.1", allow: ["ada@acme.example", entry] } }, "release.allow[1]"] as const,
  ),
];
test.each(refused)("%j is refused by name", (options, field) => {
  let error: unknown;
  try {
    inboxSettings(options as InboxOptions);
  } catch (thrown) {
    error = thrown;
  }
  expect(error).toMatchObject({ code: "configuration", field });
});

test("options that are undefined count as absent", () => {
  expect(inboxSettings({ port: undefined, webhooks: { sendgrid: undefined } }).port).toBe(8025);
});
