import { describe, expect, onTestFinished, test, vi } from "vitest";
import type { BatchRequest } from "./batch.ts";
import { createMailer } from "./create-mailer.ts";
import type { MailErrorCode } from "./error-code.ts";
import { failover } from "./failover.ts";
import { MailError, type MailErrorOptions } from "./mail-error.ts";
import type { MailerEvents } from "./mailer-events.ts";
import { type MemoryOptions, memoryTransport } from "./memory-transport.fixture.ts";
import { roundRobin } from "./round-robin.ts";
import type { SendOutcome } from "./send-run.ts";
import type { Transport } from "./transport.ts";

const batch = { recipients: 100, bytes: 100_000 };
const template = { from: "hello@acme.example", subject: "Hi {{name}}", text: "Hello" };
const people = ["ada", "bob", "cy"].map((name) => ({ to: `${name}@example.com`, data: { name } }));
const bulk = (name: string, options: MemoryOptions = {}) =>
  memoryTransport({ name, ...options, features: { batch, ...options.features } });

/** A batch transport that refuses recipients by their local part. */
const refusing = (name: string, refusals: Readonly<Record<string, Partial<MailErrorOptions>>>) => {
  const asked: string[] = [];
  const transport: Transport = {
    ...bulk(name),
    async sendBatch({ recipients }: BatchRequest) {
      return recipients.map(({ id, to: { address } }) => {
        asked.push(address);
        const options = refusals[address.split("@")[0] as string];
        if (options !== undefined)
          return { id, ok: false, error: new MailError("no", { code: "unavailable", ...options }) };
        return { id, ok: true, receipt: { status: "sent", accepted: [address], rejected: [] } };
      });
    },
  };
  return { transport, asked };
};

async function sendAll(transport: Transport, recipients = people): Promise<ReadonlyMap<number, SendOutcome>> {
  const outcomes = new Map<number, SendOutcome>();
  const run = createMailer({ transport }).sendBulk(template, recipients);
  for await (const outcome of run) outcomes.set(outcome.index, outcome);
  return outcomes;
}

describe("a mail merge through failover", () => {
  test("goes as a batch to the first", async () => {
    const [first, second] = [bulk("first"), bulk("second")];
    const outcomes = await sendAll(failover([first, second]));
    expect([first.batches.length, first.sent.length, second.sent.length]).toEqual([1, 3, 0]);
    expect(outcomes.get(2)).toMatchObject({ ok: true, receipt: { transport: "first", attempts: { length: 1 } } });
  });

  test("goes on to the next for those alone for whom the transport failed", async () => {
    const refusals: Record<string, { code: MailErrorCode }> = {
      bob: { code: "unavailable" },
      cy: { code: "recipient_rejected" },
    };
    const first = refusing("first", refusals);
    const second = refusing("second", {});
    const outcomes = await sendAll(failover([first.transport, second.transport]));
    expect(second.asked).toEqual(["bob@example.com"]);
    expect(outcomes.get(0)).toMatchObject({ ok: true, receipt: { transport: "first" } });
    expect(outcomes.get(1)).toMatchObject({
      ok: true,
      receipt: {
        transport: "second",
        attempts: [{ transport: "first", error: { code: "unavailable" } }, { transport: "second" }],
      },
    });
    expect(outcomes.get(2)).toMatchObject({ ok: false, error: { code: "recipient_rejected", transport: "first" } });
  });

  test("does not go on where it is not known what became of the mail", async () => {
    const first = refusing("first", { ada: { delivery: "unknown" } });
    const second = refusing("second", {});
    const outcomes = await sendAll(failover([first.transport, second.transport]));
    expect(second.asked).toEqual([]);
    expect(outcomes.get(0)).toMatchObject({ ok: false, error: { delivery: "unknown", attempts: { length: 1 } } });
  });

  test("when all fail, each recipient's error shows each transport", async () => {
    const first = refusing("first", { ada: { code: "connection" } });
    const second = refusing("second", { ada: { code: "rate_limited", retryAfterMs: 5 } });
    const outcomes = await sendAll(failover([first.transport, second.transport]), people.slice(0, 1));
    expect(outcomes.get(0)).toMatchObject({
      ok: false,
      error: { code: "connection", attempts: [{ transport: "first" }, { transport: "second" }] },
    });
    expect((outcomes.get(0) as { error: MailError }).error.message).toMatch(/All 2 .*first \(conn.*second \(rate/);
  });

  test("is split for a member with smaller batches, and goes one by one through a member without", async () => {
    const broken = bulk("broken", {
      behaviour: () => {
        throw new MailError("down", { code: "connection" });
      },
    });
    const small = bulk("small", { features: { batch: { recipients: 2, bytes: 100_000 } } });
    await sendAll(failover([broken, small]));
    expect(small.batches.map(({ recipients }) => recipients.length)).toEqual([2, 1]);
    const single = memoryTransport({ name: "single" });
    const outcomes = await sendAll(failover([broken, single]));
    expect(single.sent.map(({ subject }) => subject).sort()).toEqual(["Hi ada", "Hi bob", "Hi cy"]);
    expect(outcomes.get(0)).toMatchObject({ ok: true, receipt: { transport: "single" } });
  });

  test("passes over a member that cannot carry the mail", async () => {
    const plain = bulk("plain", { features: { fields: [] } });
    const rich = bulk("rich");
    const mailer = createMailer({ transport: failover([plain, rich]) });
    const sendAt = new Date(Date.now() + 60_000);
    const summary = await mailer.sendBulk({ ...template, sendAt }, people);
    expect([summary.sent, plain.sent.length, rich.sent.length]).toEqual([3, 0, 3]);
  });

  test("attemptTimeoutMs is the time for one request, however many a member without batches needs", async () => {
    vi.useFakeTimers();
    onTestFinished(() => void vi.useRealTimers());
    const broken = bulk("broken", {
      behaviour: () => {
        throw new MailError("down", { code: "connection" });
      },
    });
    const slow = memoryTransport({ name: "slow", behaviour: () => new Promise((done) => setTimeout(done, 600)) });
    const recipients = Array.from({ length: 30 }, (_, index) => ({ to: `u${index}@example.com`, data: { name: "x" } }));
    const run = createMailer({ transport: failover([broken, slow], { attemptTimeoutMs: 1_000 }) }).sendBulk(
      template,
      recipients,
    );
    const summary = Promise.resolve(run);
    await vi.advanceTimersByTimeAsync(5_000);
    expect(await summary).toEqual({ sent: 30, queued: 0, failed: 0 });
  });

  test("a member that is found out of order is asked for no more of the batch", async () => {
    let asked = 0;
    const down = memoryTransport({
      name: "down",
      behaviour: () => {
        asked++;
        throw new MailError("down", { code: "connection" });
      },
    });
    const second = bulk("second");
    const recipients = Array.from({ length: 100 }, (_, index) => ({
      to: `u${index}@example.com`,
      data: { name: "x" },
    }));
    const outcomes = await sendAll(failover([down, second]), recipients);
    expect(asked).toBeLessThanOrEqual(10);
    expect(second.sent).toHaveLength(100);
    expect(outcomes.get(99)).toMatchObject({
      receipt: { attempts: [{ transport: "down", passedOver: true, error: { code: "connection" } }, {}] },
    });
    const alone = await sendAll(failover([down, memoryTransport({ features: { fields: [], batch } })]), recipients);
    expect(alone.size).toBe(100);
  });

  test("tells of each mail that went on", async () => {
    const first = refusing("first", { ada: {}, bob: {} });
    const mailer = createMailer({ transport: failover([first.transport, bulk("second")]) });
    const events: MailerEvents["failedOver"][] = [];
    mailer.on("failedOver", (event) => void events.push(event));
    await mailer.sendBulk(template, people);
    expect(events).toHaveLength(2);
    expect(events[0]).toMatchObject({
      id: expect.any(String),
      transport: "first",
      next: "second",
      durationMs: expect.any(Number),
      error: { code: "unavailable" },
    });
  });
});

test("round-robin shares a batch out by weight", async () => {
  const [a, b] = [bulk("a"), bulk("b")];
  const recipients = Array.from({ length: 8 }, (_, index) => ({ to: `u${index}@example.com`, data: { name: "x" } }));
  await sendAll(roundRobin([a, b], { weights: [3, 1] }), recipients);
  expect([a.batches.length, a.sent.length, b.batches.length, b.sent.length]).toEqual([1, 6, 1, 2]);
});
