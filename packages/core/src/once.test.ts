import { afterEach, describe, expect, onTestFinished, test, vi } from "vitest";
import { createMailer } from "./create-mailer.ts";
import { MailError, type MailErrorOptions } from "./mail-error.ts";
import { memoryStore } from "./memory-store.ts";
import { hello, type MemoryOptions, memoryTransport, rejection } from "./memory-transport.fixture.ts";
import { once } from "./once.ts";
import type { Store } from "./store.ts";

const invoice = { ...hello, idempotencyKey: "invoice-7" };
const down = () => new MailError("no Redis", { code: "unavailable" });
const gated = (options: MemoryOptions = {}) => {
  const { promise: gate, resolve: open } = Promise.withResolvers<void>();
  return { transport: memoryTransport({ ...options, behaviour: () => gate }), open };
};
const failingOnce = (error: MailErrorOptions) => {
  let calls = 0;
  return memoryTransport({
    behaviour: () => {
      if (calls++ === 0) throw new MailError("no", error);
    },
  });
};

afterEach(() => void vi.useRealTimers());

describe("once", () => {
  test("a duplicate gets the first's receipt, and nothing is sent again", async () => {
    const inner = memoryTransport();
    const mailer = createMailer({ transport: once(inner) });
    const first = await mailer.send(invoice);
    const second = await mailer.send({ ...invoice, subject: "other" });
    const { raw: _, ...told } = first;
    expect(second).toEqual(told);
    expect(inner.sent).toHaveLength(1);
  });

  test("handlers hear of a duplicate by its own id, and see whose receipt it got", async () => {
    const mailer = createMailer({ transport: once(memoryTransport()) });
    const events: string[] = [];
    const receipts = new Set<string>();
    mailer.on("sending", ({ id }) => void events.push(id));
    mailer.on("sent", ({ id, receipt }) => {
      events.push(id);
      receipts.add(receipt.id);
    });
    await mailer.send(invoice);
    await mailer.send(invoice);
    const [first, firstSent, second, secondSent] = events;
    expect([firstSent, secondSent]).toEqual([first, second]);
    expect(receipts).toEqual(new Set([first]));
  });

  test("concurrent duplicates wait for the first and get the same", async () => {
    const { transport, open } = gated();
    const mailer = createMailer({ transport: once(transport) });
    const sending = Promise.all(Array.from({ length: 20 }, () => mailer.send(invoice)));
    open();
    const ids = (await sending).map(({ id, messageId }) => `${id} ${messageId}`);
    expect(new Set(ids).size).toBe(1);
    expect(transport.sent).toHaveLength(1);
  });

  test("duplicates in another process with the same store wait too", async () => {
    const store = memoryStore();
    const { transport, open } = gated({ name: "a" });
    const other = memoryTransport({ name: "b" });
    const first = createMailer({ transport: once(transport, { store }) }).send(invoice);
    const second = createMailer({ transport: once(other, { store }) }).send(invoice);
    open();
    expect((await second).id).toBe((await first).id);
    expect(other.sent).toEqual([]);
  });

  test("mails without a key, and with other keys, go through", async () => {
    const inner = memoryTransport();
    const mailer = createMailer({ transport: once(inner) });
    for (const idempotencyKey of [undefined, undefined, "a", "b"])
      await mailer.send({ ...hello, ...(idempotencyKey !== undefined && { idempotencyKey }) });
    expect(inner.sent).toHaveLength(4);
  });

  test("a mail that surely was not sent frees its key", async () => {
    const inner = failingOnce({ code: "connection" });
    const mailer = createMailer({ transport: once(inner) });
    expect(await rejection(mailer.send(invoice))).toMatchObject({ code: "connection" });
    expect((await mailer.send(invoice)).status).toBe("sent");
  });

  test("a waiting duplicate sends where the first surely did not", async () => {
    const inner = failingOnce({ code: "connection" });
    const mailer = createMailer({ transport: once(inner) });
    const [first, second] = await Promise.allSettled([mailer.send(invoice), mailer.send(invoice)]);
    expect([first.status, second.status]).toEqual(["rejected", "fulfilled"]);
    expect(inner.sent).toHaveLength(1);
  });

  test("where it is not known what became of the first, a duplicate is told so and nothing is sent", async () => {
    const inner = failingOnce({ code: "connection", delivery: "unknown" });
    const mailer = createMailer({ transport: once(inner) });
    await rejection(mailer.send(invoice));
    const error = await rejection(mailer.send(invoice));
    expect(error).toMatchObject({
      code: "connection",
      delivery: "unknown",
      hint: expect.stringMatching(/once:invoice-7/),
    });
    expect(inner.sent).toEqual([]);
  });

  test("a crash between send and record is unknown to the next, until somebody frees the key", async () => {
    const store = memoryStore();
    await store.claims.claim("once:invoice-7", { owner: "gone", leaseMs: 5, keepMs: 60_000, note: "mail-1" });
    const inner = memoryTransport();
    const mailer = createMailer({ transport: once(inner, { store }) });
    const error = await rejection(mailer.send(invoice));
    expect(error).toMatchObject({ code: "unknown", delivery: "unknown" });
    expect((error as MailError).message).toMatch(/mail-1/);
    expect(inner.sent).toEqual([]);
    await store.claims.release("once:invoice-7");
    expect((await mailer.send(invoice)).status).toBe("sent");
  });

  test("a long send keeps its key", async () => {
    vi.useFakeTimers();
    const store = memoryStore();
    const { transport, open } = gated();
    const first = createMailer({ transport: once(transport, { store, leaseMs: 300 }) }).send(invoice);
    await vi.advanceTimersByTimeAsync(1_000);
    const second = createMailer({ transport: once(memoryTransport(), { store }) }).send(invoice);
    await vi.advanceTimersByTimeAsync(1_000);
    open();
    await vi.advanceTimersByTimeAsync(1_000);
    expect((await second).id).toBe((await first).id);
    expect(vi.getTimerCount()).toBe(0);
  });

  test("an abort ends a duplicate's wait, and a claim that came too late is given back", async () => {
    const { transport, open } = gated();
    const mailer = createMailer({ transport: once(transport) });
    const first = mailer.send(invoice);
    const controller = new AbortController();
    const second = rejection(mailer.send(invoice, { signal: controller.signal }));
    controller.abort();
    expect(await second).toMatchObject({ code: "aborted", delivery: "not_sent" });
    open();
    await first;

    const slow = memoryStore();
    const { promise: gate, resolve } = Promise.withResolvers<void>();
    const claims: Store["claims"] = {
      claim: (key, claim) => gate.then(() => slow.claims.claim(key, claim)),
      renew: (...given) => slow.claims.renew(...given),
      settle: (...given) => slow.claims.settle(...given),
      release: (...given) => slow.claims.release(...given),
    };
    const late = createMailer({ transport: once(memoryTransport(), { store: { claims } }) });
    const third = rejection(late.send(invoice, { timeoutMs: 10 }));
    expect(await third).toMatchObject({ code: "timeout", delivery: "not_sent" });
    resolve();
    expect((await late.send(invoice)).status).toBe("sent");
  });

  test("a store that is away before the send is an error, after it the mail stays sent", async () => {
    const inner = memoryTransport();
    const store = memoryStore();
    const claims = { ...bound(store), claim: () => Promise.reject(down()) };
    const before = await rejection(createMailer({ transport: once(inner, { store: { claims } }) }).send(invoice));
    expect(before).toMatchObject({ code: "unavailable", delivery: "not_sent" });
    expect(inner.sent).toEqual([]);
    const after = { ...bound(store), settle: () => Promise.reject(down()) };
    const receipt = await createMailer({ transport: once(inner, { store: { claims: after } }) }).send(invoice);
    expect(receipt.status).toBe("sent");
  });

  test("a claim whose answer was lost does not keep the key taken", async () => {
    const store = memoryStore();
    let lost = 1;
    const claims: Store["claims"] = {
      ...bound(store),
      claim: async (...given) => {
        const state = await store.claims.claim(...given);
        if (lost-- > 0) throw down();
        return state;
      },
    };
    const mailer = createMailer({ transport: once(memoryTransport(), { store: { claims } }) });
    expect(await rejection(mailer.send(invoice))).toMatchObject({ code: "unavailable", delivery: "not_sent" });
    expect((await mailer.send(invoice)).status).toBe("sent");
  });

  test("a store that hangs after the send makes neither an abort nor timeoutMs wait, and the mail stays sent", async () => {
    const store = memoryStore();
    const { promise: never, resolve } = Promise.withResolvers<boolean>();
    onTestFinished(() => resolve(false));
    const controller = new AbortController();
    const settle = () => {
      queueMicrotask(() => controller.abort());
      return never;
    };
    const mailer = createMailer({
      transport: once(memoryTransport(), { store: { claims: { ...bound(store), settle } } }),
    });
    const receipt = await mailer.send(invoice, { signal: controller.signal });
    expect(receipt.status).toBe("sent");
  });

  test("tenants with keys of their own share a store", async () => {
    const store = memoryStore();
    const [a, b] = [memoryTransport(), memoryTransport()];
    await createMailer({ transport: once(a, { store, key: "tenant-a" }) }).send(invoice);
    await createMailer({ transport: once(b, { store, key: "tenant-b" }) }).send(invoice);
    expect([a.sent.length, b.sent.length]).toEqual([1, 1]);
    expect(await store.claims.release("once:tenant-a:invoice-7")).toBe(true);
  });

  test("a crash is told as unknown also where keys are kept for less than the lease", async () => {
    vi.useFakeTimers();
    const leases: number[] = [];
    const store = memoryStore();
    const claims: Store["claims"] = {
      ...bound(store),
      claim: (key, claim) => {
        leases.push(claim.leaseMs);
        return store.claims.claim(key, claim);
      },
      renew: () => Promise.reject(down()),
    };
    const { transport } = gated();
    const crashed = once(transport, { store: { claims }, keepMs: 10_000 });
    void createMailer({ transport: crashed })
      .send(invoice)
      .catch(() => undefined);
    await vi.advanceTimersByTimeAsync(6_000);
    const next = createMailer({ transport: once(memoryTransport(), { store: { claims }, keepMs: 10_000 }) });
    expect(await rejection(next.send(invoice))).toMatchObject({ delivery: "unknown" });
    expect(leases[0]).toBe(5_000);
  });

  test("a refused recipient and the attempts survive in the receipt of a duplicate", async () => {
    const error = new MailError("no", { code: "recipient_rejected", response: { smtpCode: 550 } });
    const inner = {
      ...memoryTransport({ name: "relay" }),
      send: async () => ({
        status: "sent" as const,
        accepted: ["ada@example.com"],
        rejected: [{ address: "bob@example.com", error }],
      }),
    };
    const mailer = createMailer({ transport: once(inner) });
    await mailer.send(invoice);
    const { rejected, attempts } = await mailer.send(invoice);
    expect(rejected[0]?.error).toBeInstanceOf(MailError);
    expect(rejected).toMatchObject([
      { address: "bob@example.com", error: { code: "recipient_rejected", response: { smtpCode: 550 } } },
    ]);
    expect(attempts).toMatchObject([{ transport: "relay", at: expect.any(Date) }]);
  });
});

test("in a mail merge each recipient's key counts, in the same batch too", async () => {
  const inner = memoryTransport({ features: { batch: { recipients: 100, bytes: 100_000 } } });
  const mailer = createMailer({ transport: once(inner) });
  const template = { from: hello.from, subject: "Hi", text: "Hello" };
  const people = [
    { to: "ada@example.com", idempotencyKey: "a" },
    { to: "bob@example.com", idempotencyKey: "b" },
    { to: "bob.two@example.com", idempotencyKey: "b" },
    { to: "cy@example.com" },
  ];
  expect(await mailer.sendBulk(template, people)).toEqual({ sent: 4, queued: 0, failed: 0 });
  expect(inner.sent.map(({ envelope }) => envelope.to[0])).toEqual([
    "ada@example.com",
    "bob@example.com",
    "cy@example.com",
  ]);
  await mailer.sendBulk(template, people);
  expect(inner.sent).toHaveLength(4);
});

test.each([
  [{ keepMs: 0 }, "keepMs"],
  [{ leaseMs: 1 }, "leaseMs"],
  [{ ttl: 1 }, "ttl"],
  [{ store: {} }, "store"],
  [{ key: "" }, "key"],
])("%o is refused by name", (options, field) => {
  expect(() => once(memoryTransport(), options as never)).toThrow(
    expect.objectContaining({ code: "configuration", field }),
  );
});

function bound({ claims }: Store): Store["claims"] {
  return {
    claim: (...given) => claims.claim(...given),
    renew: (...given) => claims.renew(...given),
    settle: (...given) => claims.settle(...given),
    release: (...given) => claims.release(...given),
  };
}
