import { createMailer, type Message, type SendOutcome, type Transport } from "@mail/core";
import type { Via } from "@mail/inbox";
import { createTracker } from "@mail/tracking";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { anyText, lineText } from "./awkward-texts.ts";
import { apis, countRequests, expectArrived, freshInbox, transportTo, watch } from "./bulk-inbox.ts";

async function sendInBatches(transport: Transport, messages: readonly Message[]): Promise<readonly SendOutcome[]> {
  const outcomes: SendOutcome[] = [];
  const mailer = createMailer({ transport });
  for await (const outcome of mailer.sendMany(messages, { inBatches: true, concurrency: 1000 })) outcomes.push(outcome);
  return outcomes.sort((one, other) => one.index - other.index);
}

const secret = "a secret of at least thirty-two bytes";

const notice: Message = {
  from: "Acme <hello@acme.example>",
  subject: "We have moved",
  text: "To a new office.",
  attachments: [{ filename: "map.txt", content: Buffer.from("left, then right") }],
};

const toEach = (count: number, message: Message): Message[] =>
  Array.from({ length: count }, (_, index) => ({
    ...message,
    to: `Reader ${index} <reader${index}@example.com>`,
    metadata: { customer: `c-${index}` },
  }));

describe.each(apis)("equal messages by %s", (via) => {
  test("are one request for as many as it takes, and each sees their own address alone", async () => {
    const inbox = await freshInbox();
    const asked = countRequests(inbox, via);
    const outcomes = await sendInBatches(transportTo(inbox, via), toEach(100, notice));
    expect(asked()).toBe(via === "ses" ? 2 : 1);
    const caught = new Map(inbox.messages({ limit: 200 }).map((mail) => [mail.mailId, mail]));
    for (const [index, outcome] of outcomes.entries()) {
      const { id, accepted } = outcome.ok ? outcome.receipt : expect.fail(String(outcome.error));
      expect(accepted).toEqual([`reader${index}@example.com`]);
      expect(caught.get(id)).toMatchObject({
        envelope: { to: accepted },
        to: [{ name: `Reader ${index}`, address: accepted[0] }],
        cc: [],
        subject: "We have moved",
        metadata: { customer: `c-${index}`, mail_id: id },
        attachments: [{ filename: "map.txt", size: 16 }],
      });
    }
    expect(caught.size).toBe(100);
  });

  test("have each recipient's own link to unsubscribe, in the header and in the text", async () => {
    const inbox = await freshInbox();
    await using tracker = createTracker({ unsubscribe: { url: "https://app.example/unsubscribe", secret } });
    const url = tracker.unsubscribe.url();
    const message: Message = { ...notice, text: `Off: ${url}`, unsubscribe: { url } };
    const { transport, batches } = watch(transportTo(inbox, via));
    const outcomes = await sendInBatches(tracker.transport(transport), toEach(3, message));
    expect(outcomes.map(({ ok }) => ok)).toEqual([true, true, true]);
    expect(batches).toEqual([3]);
    const links = inbox.messages().map(({ headers, text = "" }) => {
      const link = headers.find(({ name }) => name.toLowerCase() === "list-unsubscribe")?.value;
      expect(link).toBe(`<${text.trim().replace("Off: ", "")}>`);
      return link;
    });
    expect(new Set(links).size).toBe(3);
    expect(links.every((link) => link?.startsWith(`<${url}?t=`))).toBe(true);
  });

  test("whose answer is lost are unknown, all of them, and others are sent", async () => {
    const inbox = await freshInbox();
    inbox.faults.add({ via, stage: "request", first: 1, action: { type: "lose-answer" } });
    const messages = [...toEach(3, notice), { ...notice, to: "other@example.com", subject: "Not equal" }];
    const outcomes = await sendInBatches(transportTo(inbox, via), messages);
    const told = outcomes.map((outcome) => (outcome.ok ? "sent" : `${outcome.error.code} ${outcome.error.delivery}`));
    expect(told).toEqual([...Array(3).fill("connection unknown"), "sent"]);
    expect(inbox.messages()).toHaveLength(4);
  });
});

const vias: readonly Via[] = ["smtp", ...apis];
const contents = fc.record({
  subject: lineText.map((text) => `S ${text}`),
  text: anyText,
  html: anyText,
  headers: fc.record({ "X-Line": lineText.map((text) => `x${text}`) }),
});

test.each(vias)(
  "texts arrive by %s as they were written, whatever they look like",
  { timeout: 120_000 },
  async (via) => {
    const inbox = await freshInbox();
    const { transport, wanted, batches } = watch(transportTo(inbox, via));
    await fc.assert(
      fc.asyncProperty(contents, async (content) => {
        const messages = ["a", "b", "c"].map((name): Message => {
          const { headers } = content;
          return { ...notice, ...content, to: `${name}@example.com`, headers: { ...headers, "X-Own": name } };
        });
        expectArrived(inbox, wanted, await sendInBatches(transport, messages));
        inbox.clear();
      }),
      { numRuns: Number(process.env["BULK_RUNS"] ?? 100), seed: 7 },
    );
    expect(batches.length > 0).toBe(via !== "smtp");
  },
);
