import { type MailEvent, memoryStore, type TrackedMail } from "@mail/core";
import { describe, expect, test } from "vitest";
import { createTracker } from "./create-tracker.ts";
import { faultyStore, mailEvent } from "./tracker.fixture.ts";

const [ada, bob] = ["ada@example.com", "bob@example.com"];
const messageId = "<1@acme.example>";

function mailOf(recipients: readonly string[]): TrackedMail {
  const names = { id: "mail-1", messageId, providerId: "p-1" };
  return { ...names, at: 1, transport: "main", recipients, tags: [], metadata: {} };
}

async function suppressedBy(complaint: Partial<MailEvent>, recipients: readonly string[]): Promise<readonly string[]> {
  const store = memoryStore();
  const tracker = createTracker({ store });
  await store.tracking?.recordMails([mailOf(recipients)]);
  const { recipient: _, mailId: __, ...redacted } = mailEvent({ type: "complained" });
  await tracker.add([{ ...redacted, ...complaint }]);
  const entries = await tracker.suppressions.find([ada, bob], { tags: [] });
  return entries.map(({ address }) => address);
}

describe("a complaint that does not say whose it is", () => {
  test.each([[{ mailId: "mail-1" }], [{ messageId }]])(
    "suppresses the only recipient of the mail with %j",
    async (of) => {
      expect(await suppressedBy(of, [ada])).toEqual([ada]);
    },
  );

  test.each([[{ mailId: "mail-1" }], [{ messageId }]])("suppresses nobody of several, with %j", async (of) => {
    expect(await suppressedBy(of, [ada, bob])).toEqual([]);
  });

  test("about a mail that nobody knows suppresses nobody", async () => {
    expect(await suppressedBy({ mailId: "mail-2" }, [ada])).toEqual([]);
  });
});

test("a complaint is not lost where the process dies before it is stored", async () => {
  const store = faultyStore((call) => {
    if (call === "addEvents") throw new Error("killed");
  });
  const tracker = createTracker({ store });
  await store.tracking?.recordMails([mailOf([ada])]);
  const { recipient: _, mailId: __, ...redacted } = mailEvent({ type: "complained", messageId });
  await expect(tracker.add([redacted])).rejects.toThrow();
  expect(await tracker.suppressions.get(ada)).toMatchObject([{ reason: "complained", mailId: "mail-1" }]);
});

describe("a bounce that nobody signed", () => {
  const bounce = (fields: Partial<MailEvent>): MailEvent => {
    const { mailId: _, ...event } = mailEvent({ type: "bounced", permanent: true, unsigned: true });
    return { ...event, ...fields };
  };

  test.each([[{ mailId: "mail-1" }], [{ messageId }], [{ providerId: "p-1" }]])(
    "suppresses recipients of the mail that it joins with %j, and nobody else",
    async (of) => {
      const store = memoryStore();
      const tracker = createTracker({ store });
      await store.tracking?.recordMails([mailOf(["Ada@BÜCHER.example", bob])]);
      const recipients = ["ada@xn--bcher-kva.example", "eve@example.com"];
      await tracker.add(recipients.map((recipient) => bounce({ recipient, ...of })));
      const found = await tracker.suppressions.find([...recipients, bob], { tags: [] });
      expect(found.map(({ address }) => address)).toEqual(["ada@xn--bcher-kva.example"]);
      expect((await tracker.recent()).events).toHaveLength(2);
    },
  );

  test.each([[{ mailId: "mail-2" }], [{ messageId: "<2@acme.example>" }], [{}]])(
    "suppresses nobody where no recorded mail is known with %j",
    async (of) => {
      const store = memoryStore();
      const tracker = createTracker({ store });
      await store.tracking?.recordMails([mailOf([ada])]);
      await tracker.add([bounce({ recipient: ada, ...of })]);
      expect(await tracker.suppressions.get(ada)).toEqual([]);
    },
  );
});

test("what suppresses by the mail's tags hears of those that were recorded", async () => {
  const store = memoryStore();
  const tracker = createTracker({ store, suppress: { unsubscribed: { scope: ({ tags }) => tags[0] ?? "" } } });
  await store.tracking?.recordMails([{ ...mailOf([ada]), tags: ["news"] }]);
  await tracker.add([mailEvent({ type: "unsubscribed" })]);
  expect(await tracker.suppressions.get(ada)).toMatchObject([{ scope: "news" }]);
});

test("whoever unsubscribed twice stays so when an older subscription is reported late", async () => {
  const tracker = createTracker();
  const at = (minute: number): Date => new Date(`2026-11-25T12:0${minute}:00Z`);
  await tracker.add([mailEvent({ type: "unsubscribed", at: at(1) })]);
  await Promise.all([
    tracker.add([mailEvent({ type: "unsubscribed", at: at(3) })]),
    tracker.add([mailEvent({ type: "subscribed", at: at(2) })]),
  ]);
  expect(await tracker.suppressions.get(ada)).toMatchObject([{ reason: "unsubscribed", at: at(3).getTime() }]);
  await tracker.add([mailEvent({ type: "subscribed", at: at(4) })]);
  expect(await tracker.suppressions.get(ada)).toEqual([]);
});
