import type { MailEvent } from "@mail/core";
import { describe, expect, test } from "vitest";
import { emailTags } from "../email-tags.ts";
import type { JsonObject } from "./json.ts";
import { sesMailEvents } from "./ses-mail-events.ts";

const notice = { messageId: "19ba9823", timestamp: new Date("2026-11-25T10:00:05.000Z") };
const at = "2026-11-25T10:00:01.123Z";
const mail = { messageId: "0102-a", timestamp: "2026-11-25T09:59:59.000Z", destination: ["ada@example.com"] };

function events(type: string, record: JsonObject, own = notice): readonly MailEvent[] {
  return sesMailEvents(type, { eventType: type, mail, ...record }, own);
}

function event(type: string, record: JsonObject = {}, own = notice): MailEvent {
  const [first, ...rest] = events(type, record, own);
  expect(rest).toEqual([]);
  if (first === undefined) throw new Error("no event");
  return first;
}

const bounce = (more: JsonObject, recipient: JsonObject = {}) => ({
  bounce: {
    bounceType: "Permanent",
    bounceSubType: "General",
    bouncedRecipients: [{ emailAddress: "ada@example.com", ...recipient }],
    timestamp: at,
    feedbackId: "0100-f",
    ...more,
  },
});

const complaint = (more: JsonObject) => ({
  complaint: {
    complainedRecipients: [{ emailAddress: "ada@example.com" }],
    timestamp: at,
    feedbackId: "0100-f",
    ...more,
  },
});

test("an event has what the record says, and nothing that it does not say", () => {
  const record = bounce({}, { status: "5.1.1", diagnosticCode: "smtp; 550 5.1.1 user unknown" });
  expect(event("Bounce", record)).toEqual({
    id: expect.stringMatching(/^[\w-]{43}$/),
    type: "bounced",
    at: new Date(at),
    provider: "ses",
    providerId: "0102-a",
    recipient: "ada@example.com",
    reason: "bounced",
    permanent: true,
    detail: "General",
    response: "smtp; 550 5.1.1 user unknown",
    tags: [],
    metadata: {},
    raw: { eventType: "Bounce", mail, ...record },
  });
});

describe("a bounce", () => {
  test.each([
    ["Permanent", "General", "bounced", "bounced", true],
    ["Permanent", "NoEmail", "bounced", "invalid", true],
    ["Undetermined", "Undetermined", "bounced", "bounced", false],
    ["Transient", "General", "bounced", "bounced", false],
    ["Transient", "MailboxFull", "bounced", "bounced", false],
    ["Transient", "MessageTooLarge", "bounced", "other", false],
    ["Transient", "CustomTimeoutExceeded", "bounced", "timed_out", false],
    ["Transient", "ContentRejected", "bounced", "blocked", false],
    ["Transient", "AttachmentRejected", "bounced", "blocked", false],
    ["Transient", "SomethingNew", "bounced", "bounced", false],
    ["SomethingNew", "General", "bounced", "bounced", false],
    ["Permanent", "constructor", "bounced", "bounced", true],
    ["Permanent", "Suppressed", "rejected", "bounced", true],
    ["Permanent", "OnAccountSuppressionList", "rejected", "bounced", true],
    ["Permanent", "OnTenantSuppressionList", "rejected", "bounced", true],
    ["Permanent", "EmailValidationSuppressed", "rejected", "invalid", true],
    ["Permanent", "UnsubscribedRecipient", "rejected", "unsubscribed", true],
  ])("%s, %s is %s, %s, permanent %s", (bounceType, bounceSubType, type, reason, permanent) => {
    const wanted = { type, reason, permanent, detail: bounceSubType };
    expect(event("Bounce", bounce({ bounceType, bounceSubType }))).toMatchObject(wanted);
  });

  test("of a mail whose time ran out says so", () => {
    const record = bounce({ bounceType: "Transient" }, { status: "4.4.7" });
    expect(event("Bounce", record)).toMatchObject({ type: "bounced", reason: "timed_out", permanent: false });
  });
});

describe("a complaint", () => {
  test("is one, with its feedback type", () => {
    const record = complaint({ complaintFeedbackType: "abuse", userAgent: "Loop/1.0", complaintSubType: null });
    const wanted = { type: "complained", reason: "spam", detail: "abuse", userAgent: "Loop/1.0" };
    expect(event("Complaint", record)).toMatchObject(wanted);
    expect(event("Complaint", complaint({}))).toMatchObject({ type: "complained", reason: "spam" });
  });

  test.each(["OnAccountSuppressionList", "OnTenantSuppressionList"])(
    "of an earlier mail (%s) is a refusal",
    (subtype) => {
      const wanted = { type: "rejected", reason: "spam", permanent: true, detail: subtype };
      expect(event("Complaint", complaint({ complaintSubType: subtype }))).toMatchObject(wanted);
    },
  );

  test("that says the mail is not spam is none", () => {
    const record = complaint({ complaintFeedbackType: "not-spam" });
    expect(event("Complaint", record)).toMatchObject({ type: "unknown", detail: "not-spam" });
  });
});

describe("a type", () => {
  test.each<[string, JsonObject, Partial<MailEvent>]>([
    ["Send", { send: {} }, { type: "sent", at: new Date(mail.timestamp) }],
    [
      "Delivery",
      { delivery: { timestamp: at, recipients: ["ada@example.com"], smtpResponse: "250 ok" } },
      { type: "delivered", response: "250 ok", at: new Date(at) },
    ],
    [
      "Reject",
      { reject: { reason: "Bad content" } },
      { type: "rejected", reason: "blocked", permanent: false, detail: "Bad content" },
    ],
    [
      "Rendering Failure",
      { failure: { errorMessage: "no x", templateName: "T" } },
      { type: "failed", detail: "no x", at: notice.timestamp },
    ],
    [
      "Open",
      { open: { timestamp: at, ipAddress: "192.0.2.1", userAgent: "Mail/1" } },
      { type: "opened", ip: "192.0.2.1", userAgent: "Mail/1", at: new Date(at) },
    ],
    [
      "Click",
      { click: { timestamp: at, ipAddress: "192.0.2.1", userAgent: "Mail/1", link: "https://acme.example/?a=1" } },
      { type: "clicked", url: "https://acme.example/?a=1", ip: "192.0.2.1", userAgent: "Mail/1" },
    ],
    ["SomeFutureEvent", {}, { type: "unknown", at: notice.timestamp }],
    ["constructor", {}, { type: "unknown" }],
    ["__proto__", {}, { type: "unknown" }],
  ])("%s is read", (type, record, wanted) => {
    expect(event(type, record)).toMatchObject({ recipient: "ada@example.com", providerId: "0102-a", ...wanted });
  });

  test.each([
    ["TransientCommunicationFailure", "other"],
    ["SpamDetected", "spam"],
    ["IPFailure", "blocked"],
    ["SomethingNew", "other"],
  ])("DeliveryDelay by %s is deferred, %s", (delayType, reason) => {
    const delayedRecipients = [{ emailAddress: "ada@example.com", status: "4.4.1", diagnosticCode: "smtp; 421" }];
    expect(event("DeliveryDelay", { deliveryDelay: { timestamp: at, delayType, delayedRecipients } })).toMatchObject({
      type: "deferred",
      reason,
      detail: delayType,
      response: "smtp; 421",
    });
  });
});

describe("a change of preferences", () => {
  const preferences = (unsubscribeAll: boolean, topics: Readonly<Record<string, "OptIn" | "OptOut">> = {}) => ({
    unsubscribeAll,
    topicSubscriptionStatus: Object.entries(topics).map(([topicName, subscriptionStatus]) => ({
      topicName,
      subscriptionStatus,
    })),
  });
  const change = (oldTopicPreferences: unknown, newTopicPreferences: unknown) => ({
    subscription: {
      contactList: "List",
      timestamp: at,
      source: "UnsubscribeHeader",
      newTopicPreferences,
      oldTopicPreferences,
    },
  });

  test.each([
    ["away from all", preferences(false, { a: "OptIn" }), preferences(true, { a: "OptOut" }), "unsubscribed", "List"],
    [
      "away from a topic",
      preferences(false, { a: "OptIn", b: "OptIn" }),
      preferences(false, { a: "OptOut", b: "OptIn" }),
      "unsubscribed",
      "a",
    ],
    [
      "away from one topic to another",
      preferences(false, { a: "OptIn", b: "OptOut" }),
      preferences(false, { a: "OptOut", b: "OptIn" }),
      "unsubscribed",
      "a",
    ],
    [
      "away from a topic, with nothing said before",
      undefined,
      preferences(false, { a: "OptOut" }),
      "unsubscribed",
      "a",
    ],
    [
      "to a topic, with another still left",
      preferences(false, { a: "OptOut", b: "OptOut" }),
      preferences(false, { a: "OptIn", b: "OptOut" }),
      "subscribed",
      "a",
    ],
    ["back to all", preferences(true), preferences(false), "subscribed", "List"],
    ["onto the list, with nothing said before", undefined, preferences(false), "subscribed", "List"],
    ["to nothing known", undefined, undefined, "unknown", "List"],
    [
      "to where it was, with a topic left long ago",
      preferences(false, { a: "OptOut" }),
      preferences(false, { a: "OptOut" }),
      "unknown",
      "List",
    ],
  ])("%s is read", (_, before, after, type, detail) => {
    expect(event("Subscription", change(before, after))).toMatchObject({ type, detail, recipient: "ada@example.com" });
  });
});

describe("recipients", () => {
  test("have an event each, with what is said of them", () => {
    const bouncedRecipients = [
      { emailAddress: "ada@example.com", diagnosticCode: "smtp; 550 gone" },
      { emailAddress: "bob@example.com", diagnosticCode: "smtp; 550 never was" },
      { emailAddress: "ada@example.com", diagnosticCode: "smtp; 550 once more" },
    ];
    const found = events("Bounce", bounce({ bouncedRecipients }));
    expect(found).toMatchObject([
      { recipient: "ada@example.com", response: "smtp; 550 gone" },
      { recipient: "bob@example.com", response: "smtp; 550 never was" },
    ]);
    expect(new Set(found.map(({ id }) => id)).size).toBe(2);
  });

  test("come without their names", () => {
    const destination = ["Ada <ada@example.com>", '"Bob, <B>" <bob@example.com> ', "eve@example.com"];
    const recipients = events("Open", { open: {}, mail: { ...mail, destination } }).map(({ recipient }) => recipient);
    expect(recipients).toEqual(["ada@example.com", "bob@example.com", "eve@example.com"]);
  });

  test.each([[[]], [undefined], ["ada@example.com"], [[{}, null, 7, "", { emailAddress: 7 }]]])(
    "that are missing (%j) give one event without any, not one for all to whom the mail went",
    (bouncedRecipients) => {
      const found = event("Bounce", bounce({ bouncedRecipients }));
      expect(found).toMatchObject({ type: "bounced", providerId: "0102-a" });
      expect(found).not.toHaveProperty("recipient");
    },
  );
});

describe("the id of an event", () => {
  const later = { messageId: "0a1b2c3d", timestamp: new Date("2026-11-25T10:07:00.000Z") };
  const once: readonly [string, JsonObject][] = [
    ["Send", { send: {} }],
    ["Delivery", { delivery: { timestamp: at, recipients: ["ada@example.com"] } }],
    ["Reject", { reject: {} }],
    ["Rendering Failure", { failure: {} }],
    ["Bounce", bounce({})],
    ["Complaint", complaint({})],
  ];
  const again: readonly [string, JsonObject][] = [
    ["Open", { open: { timestamp: at } }],
    ["Click", { click: { timestamp: at, link: "https://acme.example/" } }],
    ["DeliveryDelay", { deliveryDelay: { timestamp: at, delayedRecipients: ["ada@example.com"] } }],
    ["Subscription", { subscription: { timestamp: at } }],
    ["Bounce", bounce({ feedbackId: undefined })],
    ["SomeFutureEvent", {}],
  ];

  test.each([...once, ...again])("is the same when SNS sends it again: %s", (type, record) => {
    expect(event(type, record, { ...later, messageId: notice.messageId }).id).toBe(event(type, record).id);
  });

  test.each(once)("is the same by notifications of events and of an identity: %s", (type, record) => {
    const { eventType: _, ...rest } = { eventType: type, mail: { ...mail, tags: undefined }, ...record };
    const [byIdentity] = sesMailEvents(type, { notificationType: type, ...rest }, later);
    expect(byIdentity?.id).toBe(event(type, record).id);
  });

  test.each(again)("is another when it happens again: %s", (type, record) => {
    expect(event(type, record, later).id).not.toBe(event(type, record).id);
  });

  test("is another for another bounce, type, mail and recipient", () => {
    const ids = [
      event("Send"),
      event("Send", { mail: { ...mail, messageId: "0102-b" } }),
      event("Send", { mail: { ...mail, destination: ["bob@example.com"] } }),
      event("Reject"),
      event("Bounce", bounce({})),
      event("Bounce", bounce({ feedbackId: "0100-g" })),
      event("Complaint", complaint({})),
    ].map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
  });

  test("is of one length, whatever a record holds", () => {
    const long = "x".repeat(100_000);
    expect(event("Send", { mail: { messageId: long, destination: [long] } }).id).toHaveLength(43);
  });
});

describe("the mail of an event", () => {
  const tagsOf = (own: Parameters<typeof emailTags>[0]) =>
    Object.fromEntries(emailTags(own).tags.map(({ Name, Value }) => [Name, [Value]]));

  test("has the id, tags and metadata that were sent, whatever characters they have", () => {
    const own = {
      id: "0193f1a2-7b3c-7d4e-8f5a-6b7c8d9e0f1a",
      tags: ["welcome", "a b", "-x20-", "ü 😀"],
      metadata: { user: "7", "a.b": "", "x-y": "-x-", tag_11: "no tag", toString: "own" },
    };
    const tags = { "ses:from-domain": ["acme.example"], "ses:operation": ["SendEmail"], ...tagsOf(own) };
    const found = event("Open", { mail: { ...mail, tags } });
    expect(found).toMatchObject({ mailId: own.id, providerId: "0102-a", tags: own.tags });
    expect(found.metadata).toEqual(own.metadata);
  });

  test("has ten tags in their order", () => {
    const tags = Array.from({ length: 10 }, (_, index) => `t${index}`);
    const shuffled = Object.fromEntries(Object.entries(tagsOf({ id: "i", tags, metadata: {} })).reverse());
    expect(event("Open", { mail: { ...mail, tags: shuffled } }).tags).toEqual(tags);
  });

  test("has its id from the header where there are no message tags", () => {
    const headers = [7, null, { name: "To" }, { name: "x-mail-id", value: "0193f1a2" }];
    expect(event("Open", { mail: { ...mail, headers } })).toMatchObject({ mailId: "0193f1a2" });
    const tags = { mail_id: ["0193f1a3"] };
    expect(event("Open", { mail: { ...mail, headers, tags } })).toMatchObject({ mailId: "0193f1a3" });
  });

  test.each([
    [{ commonHeaders: { messageId: "<a@acme.example>" } }, "<a@acme.example>"],
    [{ commonHeaders: { messageId: "a@acme.example" } }, "<a@acme.example>"],
    [{ headers: [{ name: "Message-ID", value: "<b@acme.example>" }] }, "<b@acme.example>"],
  ])("has the Message-ID of its headers: %j", (more, messageId) => {
    expect(event("Open", { mail: { ...mail, ...more } })).toMatchObject({ messageId });
  });

  test("may have tags by the names of what objects have", () => {
    const tags = JSON.parse('{"__proto__":["x"],"constructor":["y"],"ses:a":["z"],"odd":"no list","more":["a",7,"b"]}');
    const { metadata } = event("Open", { mail: { ...mail, tags } });
    expect(Object.entries(metadata)).toEqual([
      ["__proto__", "x"],
      ["constructor", "y"],
      ["more", "a, b"],
    ]);
    expect(Object.getPrototypeOf(metadata)).toBe(Object.prototype);
  });

  test("may be missing", () => {
    const found = event("Open", { mail: null });
    expect(found).toMatchObject({ type: "opened", tags: [], metadata: {} });
    expect(found).not.toHaveProperty("providerId");
  });
});
