import { type MailEvent, type MailEventType, memoryStore, type TrackedMail } from "@mail/core";
import { describe, expect, test } from "vitest";
import { createTracker } from "./create-tracker.ts";
import { mailEvent } from "./tracker.fixture.ts";

type Happened = Partial<MailEvent> & { readonly type: MailEventType };

async function stateAfter(...events: readonly Happened[]): Promise<MailEventType | undefined> {
  const tracker = createTracker();
  const start = new Date("2026-11-25T12:00:00Z").getTime();
  await tracker.add(events.map((event, index) => mailEvent({ at: new Date(start + index * 1_000), ...event })));
  return (await tracker.status("mail-1"))?.recipients[0]?.state;
}

const hard = { type: "bounced", permanent: true } as const;
const soft = { type: "bounced", permanent: false } as const;
const ours = { type: "failed", provider: "transport" } as const;

describe("the state of a recipient's mail", () => {
  test.each<[string, readonly Happened[], MailEventType]>([
    ["a try that failed, once another one is sent", [ours, { type: "sent" }], "sent"],
    ["a try that failed, once it is queued again", [{ type: "queued" }, ours], "failed"],
    ["what the provider gives up after it was sent", [{ type: "sent" }, { type: "failed" }], "failed"],
    ["what the provider gives up after a try of ours failed", [ours, { type: "sent" }, { type: "failed" }], "failed"],
    ["a delay", [{ type: "sent" }, { type: "deferred" }], "deferred"],
    ["a delay that is over", [{ type: "deferred" }, { type: "delivered" }], "delivered"],
    ["a delay that is reported late", [{ type: "delivered" }, { type: "deferred" }], "delivered"],
    ["a bounce after the delivery", [{ type: "delivered" }, hard], "bounced"],
    ["a bounce of what a scanner looked at before", [{ type: "opened" }, { type: "clicked" }, hard], "bounced"],
    ["an out-of-office answer after the delivery", [{ type: "delivered" }, soft], "delivered"],
    ["a soft bounce", [{ type: "sent" }, { type: "deferred" }, soft], "bounced"],
    ["an open that is reported before the delivery", [{ type: "opened" }, { type: "delivered" }], "opened"],
    ["a complaint, whatever is opened and clicked later", [{ type: "complained" }, { type: "clicked" }], "complained"],
    ["a complaint after an unsubscribe", [{ type: "unsubscribed" }, { type: "complained" }], "complained"],
    ["an unsubscribe after a click", [{ type: "clicked" }, { type: "unsubscribed" }], "unsubscribed"],
    ["something unheard of", [{ type: "sent" }, { type: "unknown" }], "sent"],
  ])("is right for %s", async (_what, events, state) => {
    expect(await stateAfter(...events)).toBe(state);
    expect(await stateAfter(...events.toReversed())).toBe(state);
  });

  test("tells why, when, and when it first came to everything else", async () => {
    const tracker = createTracker();
    const at = (seconds: number): Date => new Date(`2026-11-25T12:00:0${seconds}Z`);
    await tracker.add([
      mailEvent({ type: "deferred", at: at(2), reason: "timed_out" }),
      mailEvent({ type: "deferred", at: at(1), reason: "other" }),
      mailEvent({ ...hard, at: at(3), reason: "invalid" }),
    ]);
    expect(await tracker.status("mail-1")).toEqual({
      mailId: "mail-1",
      recipients: [
        {
          recipient: "ada@example.com",
          state: "bounced",
          at: at(3),
          reason: "invalid",
          permanent: true,
          reached: { deferred: at(1), bounced: at(3) },
        },
      ],
    });
  });

  test("is each recipient's own, in the order of the mail, addresses in any case", async () => {
    const store = memoryStore();
    const tracker = createTracker({ store });
    const mail: TrackedMail = {
      id: "mail-1",
      at: 1,
      transport: "main",
      recipients: ["Ada@example.com", "bob@example.com"],
      tags: [],
      metadata: {},
    };
    await store.tracking?.recordMails([mail]);
    await tracker.add([mailEvent({ recipient: "ada@EXAMPLE.com", type: "opened" })]);
    expect(await tracker.status("mail-1")).toMatchObject({
      mail,
      recipients: [
        { recipient: "Ada@example.com", state: "opened" },
        { recipient: "bob@example.com", state: "unknown", at: new Date(1), reached: {} },
      ],
    });
  });

  test("is undefined for a mail that nobody knows", async () => {
    expect(await createTracker().status("mail-1")).toBeUndefined();
  });
});

test("a timeline is in the order of time, and of the mail's way where a provider tells whole seconds", async () => {
  const tracker = createTracker();
  const second = new Date("2026-11-25T12:00:00.000Z");
  await tracker.add([
    mailEvent({ type: "delivered", at: second }),
    mailEvent({ type: "sent", at: new Date(second.getTime() + 300) }),
    mailEvent({ type: "queued", at: second }),
    mailEvent({ type: "opened", at: new Date(second.getTime() + 5_000) }),
  ]);
  const types = (await tracker.timeline("mail-1")).map(({ type }) => type);
  expect(types).toEqual(["queued", "sent", "delivered", "opened"]);
});
