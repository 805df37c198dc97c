import type { MailEvent } from "@mail/core";
import { describe, expect, test } from "vitest";
import { createSuppressions } from "./create-suppressions.ts";
import { createEventSuppressor } from "./event-suppressor.ts";
import { type SuppressionPolicy, suppressionFor } from "./suppression-policy.ts";

const at = new Date("2026-11-25T12:00:00Z");
const event = (fields: Partial<MailEvent>): MailEvent => ({
  id: "e1",
  type: "bounced",
  at,
  provider: "ses",
  recipient: "Ada@Example.com",
  tags: [],
  metadata: {},
  raw: {},
  ...fields,
});
const later = (ms: number) => new Date(at.getTime() + ms);

describe("suppressionFor", () => {
  test.each<[Partial<MailEvent>, string | undefined]>([
    [{ type: "bounced", permanent: true }, "bounced"],
    [{ type: "bounced", permanent: true, reason: "invalid" }, "bounced"],
    [{ type: "bounced", permanent: false, reason: "bounced" }, undefined],
    [{ type: "bounced", reason: "blocked" }, undefined],
    [{ type: "rejected", reason: "bounced" }, "bounced"],
    [{ type: "rejected", reason: "invalid", permanent: true }, "bounced"],
    [{ type: "rejected", reason: "invalid" }, undefined],
    [{ type: "rejected", reason: "spam", permanent: true }, "complained"],
    [{ type: "rejected", reason: "spam" }, undefined],
    [{ type: "rejected", reason: "unsubscribed" }, "unsubscribed"],
    [{ type: "rejected", reason: "other" }, undefined],
    [{ type: "complained" }, "complained"],
    [{ type: "unsubscribed" }, "unsubscribed"],
    [{ type: "subscribed" }, undefined],
    [{ type: "deferred", reason: "bounced" }, undefined],
    [{ type: "failed" }, undefined],
    [{ type: "opened" }, undefined],
    [{ type: "complained", recipient: "no address" }, undefined],
  ])("%j gives %j", (fields, reason) => {
    expect(suppressionFor(event(fields))?.reason).toBe(reason);
  });

  test("leaves out what has no recipient", () => {
    const { recipient: _, ...rest } = event({ type: "complained" });
    expect(suppressionFor(rest)).toBeUndefined();
  });

  test("keeps what the server said, when, and of which mail", () => {
    const bounce = event({ permanent: true, response: "550 no", detail: "General", mailId: "m1" });
    expect(suppressionFor(bounce)).toEqual({
      address: "ada@example.com",
      reason: "bounced",
      scope: "",
      at: at.getTime(),
      note: "550 no",
      mailId: "m1",
    });
    expect(suppressionFor(event({ type: "complained", detail: "abuse" }))?.note).toBe("abuse");
  });

  test("follows a policy: what suppresses, for how long, and which mail", () => {
    const policy: SuppressionPolicy = {
      bounced: { expiresInMs: 60_000 },
      complained: false,
      unsubscribed: { scope: ({ tags }) => tags[0] ?? "" },
      softBounced: { expiresInMs: 1_000, scope: "newsletter" },
    };
    expect(suppressionFor(event({ permanent: true }), policy)?.expiresAt).toBe(at.getTime() + 60_000);
    expect(suppressionFor(event({ type: "complained" }), policy)).toBeUndefined();
    expect(suppressionFor(event({ type: "unsubscribed", tags: ["shop"] }), policy)?.scope).toBe("shop");
    expect(suppressionFor(event({ permanent: false }), policy)).toMatchObject({
      reason: "bounced",
      scope: "newsletter",
      expiresAt: at.getTime() + 1_000,
    });
  });

  test("takes the scope of our own links from the link", () => {
    const own = event({ type: "unsubscribed", provider: "tracker", detail: "newsletter" });
    expect(suppressionFor(own, { unsubscribed: { scope: "other" } })?.scope).toBe("newsletter");
  });
});

describe("createEventSuppressor", () => {
  const open = (policy?: SuppressionPolicy) => {
    const list = createSuppressions();
    return { list, ...createEventSuppressor(list, policy) };
  };

  test.each<[object, string]>([
    [{ bounce: true }, "suppress.bounce"],
    [{ bounced: "forever" }, "suppress.bounced"],
    [{ bounced: { forMs: 1 } }, "suppress.bounced.forMs"],
    [{ softBounced: true }, "suppress.softBounced"],
    [{ softBounced: {} }, "suppress.softBounced"],
  ])("refuses the policy %j", (policy, field) => {
    expect(() => open(policy)).toThrow(expect.objectContaining({ code: "configuration", field }));
  });

  test("is concerned with what changes the list, and nothing else", () => {
    const { concerns } = open({ complained: false });
    const types = ["bounced", "complained", "unsubscribed", "subscribed", "delivered"] as const;
    expect(types.filter((type) => concerns(event({ type, permanent: true })))).toEqual([
      "bounced",
      "unsubscribed",
      "subscribed",
    ]);
  });

  test("lifts an unsubscribe where somebody subscribed again, and never a bounce or a complaint", async () => {
    const { list, apply } = open();
    await apply([event({ permanent: true }), event({ type: "complained" }), event({ type: "unsubscribed" })]);
    await apply([event({ type: "subscribed", at: later(1) })]);
    expect((await list.get("ada@example.com")).map(({ reason }) => reason).sort()).toEqual(["bounced", "complained"]);
  });

  test("goes by when things happened, in whatever order they are told", async () => {
    const { list, apply } = open();
    const [off, on, offAgain] = [
      event({ type: "unsubscribed" }),
      event({ type: "subscribed", at: later(1) }),
      event({ type: "unsubscribed", at: later(2) }),
    ];
    await apply([on, off]);
    expect(await list.get("ada@example.com")).toEqual([]);
    await apply([offAgain, on]);
    expect(await list.get("ada@example.com")).toMatchObject([{ at: later(2).getTime() }]);
    await apply([on]);
    expect(await list.get("ada@example.com")).toHaveLength(1);
  });

  test("lifts the scope that was left, and no other", async () => {
    const { list, apply } = open({ unsubscribed: { scope: ({ tags }) => tags[0] ?? "" } });
    await apply([event({ type: "unsubscribed", tags: ["a"] }), event({ type: "unsubscribed", tags: ["b"] })]);
    await apply([event({ type: "subscribed", tags: ["a"], at: later(1) })]);
    expect(await list.get("ada@example.com")).toMatchObject([{ scope: "b" }]);
  });

  test("loses no unsubscribe to a subscription that another process takes in at the same time", async () => {
    const list = createSuppressions();
    const [here, there] = [createEventSuppressor(list), createEventSuppressor(list)];
    for (let n = 0; n < 50; n++) {
      const recipient = `user${n}@example.com`;
      const told = (type: "unsubscribed" | "subscribed", minutes: number) => [
        event({ type, recipient, at: later(minutes) }),
      ];
      await here.apply(told("unsubscribed", 1));
      await Promise.all([there.apply(told("subscribed", 2)), here.apply(told("unsubscribed", 3))]);
      expect(await list.get(recipient)).toMatchObject([{ at: later(3).getTime() }]);
    }
  });

  test("leaves an unsubscribe that has ended", async () => {
    const { list, apply } = open({ unsubscribed: { expiresInMs: 1 } });
    await apply([event({ type: "unsubscribed" })]);
    expect(await list.get("ada@example.com")).toEqual([]);
  });

  test("can be told the same again", async () => {
    const { list, apply } = open();
    const events = [event({ permanent: true }), event({ type: "complained", recipient: "bob@example.com" })];
    await Promise.all([apply(events), apply(events), apply([...events, ...events])]);
    expect(await list.counts()).toMatchObject({ bounced: 1, complained: 1 });
  });
});
