import { type MailEvent, memoryStore, type TrackedMail } from "@mail/core";
import { describe, expect, test } from "vitest";
import { createTracker } from "./create-tracker.ts";
import { mailEvent } from "./tracker.fixture.ts";

const [ada, bob] = ["ada@example.com", "bob@example.com"];
const messageId = "<1@acme.example>";

async function suppressedBy(complaint: Partial<MailEvent>, recipients: readonly string[]): Promise<readonly string[]> {
  const store = memoryStore();
  const tracker = createTracker({ store });
  const mail: TrackedMail = { id: "mail-1", at: 1, transport: "main", recipients, tags: [], metadata: {}, messageId };
  await store.tracking?.recordMails([mail]);
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
