import { MailEventError } from "@mail/core";
import fc from "fast-check";
import { expect, test } from "vitest";
import { confirmation, type Envelope, notification, post, signed, signer, topicArn } from "./events/sns.fixture.ts";
import { sesEvents } from "./ses-events.ts";

const sns = await signer();
const source = sesEvents({
  topicArns: [topicArn],
  fetchCertificate: () => sns.pem,
  confirm: () => undefined,
});

const odd = fc.constantFrom(
  "",
  "__proto__",
  "constructor",
  "ses:from-domain",
  "mail_id",
  "tag_1",
  "-x110000-",
  "<a@b>",
  "2026-11-25T10:00:00.000Z",
  "2026-13-45T99:99:99Z",
  "\ud800",
  "\0",
);
const text = fc.oneof(odd, fc.string({ unit: "binary", maxLength: 20 }));
const json = fc.oneof(fc.jsonValue({ maxDepth: 3 }), text, fc.constantFrom(null, -0, 1e308, true));
const names = [
  ["bounce", "Bounce"],
  ["complaint", "Complaint"],
  ["delivery", "Delivery"],
  ["deliveryDelay", "DeliveryDelay"],
  ["reject", "Reject"],
  ["open", "Open"],
  ["click", "Click"],
  ["failure", "Rendering Failure"],
  ["subscription", "Subscription"],
] as const;

/** Objects with the members that are read, each of any kind or missing. */
const members = (...keys: string[]) =>
  fc.oneof(
    { weight: 4, arbitrary: fc.record(Object.fromEntries(keys.map((key) => [key, json])), { requiredKeys: [] }) },
    { weight: 1, arbitrary: json },
  );
const recipients = fc.oneof(fc.array(fc.oneof(text, members("emailAddress", "status", "diagnosticCode"))), json);
const preferences = members("unsubscribeAll", "topicSubscriptionStatus");
const part = fc.record(
  {
    timestamp: json,
    feedbackId: json,
    bounceType: json,
    bounceSubType: json,
    bouncedRecipients: recipients,
    complainedRecipients: recipients,
    complaintSubType: json,
    complaintFeedbackType: json,
    recipients,
    delayedRecipients: recipients,
    delayType: json,
    newTopicPreferences: preferences,
    oldTopicPreferences: preferences,
    link: json,
    userAgent: json,
  },
  { requiredKeys: [] },
);
const mail = fc.oneof(
  json,
  fc.record(
    {
      messageId: json,
      timestamp: json,
      destination: recipients,
      headers: fc.oneof(fc.array(members("name", "value")), json),
      commonHeaders: members("messageId"),
      tags: fc.oneof(fc.dictionary(text, fc.oneof(fc.array(text), json)), json),
    },
    { requiredKeys: [] },
  ),
);
const record = fc
  .tuple(fc.constantFrom(...names), fc.constantFrom("eventType", "notificationType"), fc.oneof(part, json), mail)
  .map(([[name, type], key, own, of]) => JSON.stringify({ [key]: type, [name]: own, mail: of }));
const anyMessage = fc.oneof(
  { weight: 6, arbitrary: record },
  { weight: 1, arbitrary: fc.json() },
  { weight: 1, arbitrary: text },
);
const envelope: fc.Arbitrary<Envelope> = fc
  .tuple(anyMessage, fc.constantFrom("Notification", "SubscriptionConfirmation", "UnsubscribeConfirmation"), json)
  .chain(([Message, Type, value]) => {
    const whole = Type === "Notification" ? notification(Message) : confirmation({ Type, Message });
    return fc
      .option(fc.constantFrom(...Object.keys(whole), "Subject", "Signature", "SigningCertURL"), {
        freq: 3,
        nil: undefined,
      })
      .map((name) => signed(name === undefined ? whole : { ...whole, [name]: value }, sns));
  });

test("any signed message gives events or a MailEventError", async () => {
  let parsed = 0;
  await fc.assert(
    fc.asyncProperty(envelope, async (message) => {
      const events = await source.parse(post(message)).catch((error: unknown) => {
        if (!MailEventError.is(error)) throw error;
        expect(source.statusFor?.(error)).toBeGreaterThanOrEqual(400);
        return [];
      });
      parsed += events.length;
      for (const event of events) {
        expect(event.id).toHaveLength(43);
        expect(event.at.getTime()).not.toBeNaN();
        expect(event.recipient).not.toBe("");
        for (const value of [...event.tags, ...Object.values(event.metadata)]) expect(value).toBeTypeOf("string");
      }
      expect(new Set(events.map(({ id }) => id)).size).toBe(events.length);
    }),
    { numRuns: Number(process.env["SES_EVENTS_RUNS"] ?? 2000) },
  );
  expect(parsed).toBeGreaterThan(0);
});

test("anything else that is posted gives a MailEventError", async () => {
  await fc.assert(
    fc.asyncProperty(fc.oneof(fc.json(), fc.string({ unit: "binary" })), fc.string(), async (body, type) => {
      const headers = { "content-type": type.replaceAll(/[^\x20-\x7e]/g, "") };
      const error: unknown = await source.parse(post(body, headers)).catch((thrown: unknown) => thrown);
      expect(MailEventError.is(error)).toBe(true);
    }),
    { numRuns: 500 },
  );
});
