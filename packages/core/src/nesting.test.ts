import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { circuitBreaker } from "./circuit-breaker.ts";
import { createMailer } from "./create-mailer.ts";
import { failover } from "./failover.ts";
import { MailError, type MailErrorOptions } from "./mail-error.ts";
import { memoryStore } from "./memory-store.ts";
import { hello, memoryTransport, rejection } from "./memory-transport.fixture.ts";
import { once } from "./once.ts";
import { rateLimit } from "./rate-limit.ts";
import { retry } from "./retry.ts";
import type { SendOutcome } from "./send-run.ts";
import type { Transport } from "./transport.ts";

const failing = (name: string, options: MailErrorOptions) => {
  const behaviour = vi.fn(() => {
    throw new MailError(`${name} fails`, options);
  });
  return Object.assign(memoryTransport({ name, behaviour }), { asked: behaviour });
};
const noWait = { backoff: { initialMs: 0 } } as const;
const people = { ...hello, to: ["ada@example.com", "bob@example.com"] };
const [ada, bob] = people.to as [string, string];

/** Answers try by try: an error for everybody, or errors by address. */
const answering = (...tries: readonly (MailErrorOptions | Readonly<Record<string, MailErrorOptions>>)[]) => {
  const asked: (readonly string[])[] = [];
  const transport: Transport = {
    ...memoryTransport({ name: "relay", features: { envelopeRecipients: true } }),
    async send({ envelope: { to } }) {
      const answer = tries[asked.length] ?? {};
      asked.push(to);
      if (typeof answer.code === "string") throw new MailError("no", answer as MailErrorOptions);
      const refusals = answer as Readonly<Record<string, MailErrorOptions>>;
      const rejected = to.flatMap((address) => {
        const options = refusals[address];
        return options === undefined ? [] : [{ address, error: new MailError("no", options) }];
      });
      const accepted = to.filter((address) => refusals[address] === undefined);
      if (accepted.length === 0) throw rejected[0]?.error;
      return { status: "sent", accepted, rejected };
    },
  };
  return { transport, asked };
};
const later = { code: "recipient_rejected", retryable: true } as const;
const unsure = { code: "connection", delivery: "unknown" } as const;

describe("failover in failover", () => {
  test("a recipient that the last member of a group refuses is not taken to the next group", async () => {
    const group = failover([failing("a", { code: "connection" }), failing("b", { code: "recipient_rejected" })]);
    const c = memoryTransport({ name: "c" });
    const error = await rejection(createMailer({ transport: failover([group, c]) }).send(hello));
    expect(error).toMatchObject({ code: "recipient_rejected", scope: "recipient", retryable: false });
    expect(c.sent).toEqual([]);
  });

  test("an unknown outcome inside is not hidden by a later definite failure", async () => {
    const group = failover([failing("a", unsure), failing("b", { code: "authentication" })], { onUnknown: "next" });
    const c = memoryTransport({ name: "c" });
    const transport = retry(failover([group, c]), noWait);
    expect(await rejection(createMailer({ transport }).send(hello))).toMatchObject({
      delivery: "unknown",
      attempts: { length: 2 },
    });
    expect(c.sent).toEqual([]);
  });
});

describe("once in retry", () => {
  test("those who were put off get their mail, and nobody gets it twice", async () => {
    const { transport, asked } = answering({ [bob]: later });
    const mailer = createMailer({ transport: retry(once(transport), noWait) });
    const message = { ...people, idempotencyKey: "k" };
    expect(await mailer.send(message)).toMatchObject({ accepted: [ada, bob], rejected: [], attempts: { length: 2 } });
    expect(await mailer.send(message)).toMatchObject({ accepted: [ada, bob], rejected: [] });
    expect(asked).toEqual([[ada, bob], [bob]]);
  });
});

describe("once in failover", () => {
  test("a key of which nobody knows the outcome takes no transport out of service, and no other one sends its mail", async () => {
    const store = memoryStore();
    await store.claims.claim("once:k", { owner: "gone", leaseMs: 0, keepMs: 60_000, note: "mail-1" });
    const b = memoryTransport({ name: "b" });
    const group = failover([once(memoryTransport({ name: "a" }), { store }), b], { onUnknown: "next" });
    const mailer = createMailer({ transport: circuitBreaker(group, { failures: 1 }) });
    const error = await rejection(mailer.send({ ...hello, idempotencyKey: "k" }));
    expect(error).toMatchObject({ code: "unknown", delivery: "unknown" });
    expect(b.sent).toEqual([]);
    expect((await mailer.send(hello)).transport).toBe("a");
  });
});

describe("partial acceptance and unknown outcomes", () => {
  const again = { ...noWait, onUnknown: "retry" } as const;

  test("who may have the mail by an earlier try is never told as surely without it", async () => {
    const { transport } = answering({ [bob]: { ...unsure, retryable: true } }, { code: "authentication" });
    const { rejected } = await createMailer({ transport: retry(transport, again) }).send(people);
    expect(rejected).toMatchObject([{ address: bob, error: { code: "authentication", delivery: "unknown" } }]);
  });

  test("who is refused for good after an unknown try of all is told as unknown", async () => {
    const three = { ...people, to: [...people.to, "cy@example.com"] };
    const { transport } = answering(
      { ...unsure, retryable: true },
      { [bob]: { code: "recipient_rejected" }, "cy@example.com": later },
    );
    const { accepted, rejected } = await createMailer({ transport: retry(transport, again) }).send(three);
    expect(accepted).toEqual([ada, "cy@example.com"]);
    expect(rejected).toMatchObject([{ address: bob, error: { delivery: "unknown" } }]);
  });

  test("who was surely refused is not made unsure by what happens to others later", async () => {
    const three = { ...people, to: [...people.to, "cy@example.com"] };
    const { transport } = answering({ [bob]: { code: "recipient_rejected" }, "cy@example.com": later }, unsure);
    const { rejected } = await createMailer({ transport: retry(transport, noWait) }).send(three);
    expect(rejected).toMatchObject([
      { address: bob, error: { delivery: "not_sent" } },
      { address: "cy@example.com", error: { delivery: "unknown" } },
    ]);
  });
});

describe("a rate limit in a group or a breaker", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  test("an open breaker inside is no reason to pause, so that failover passes on at once", async () => {
    const broken = circuitBreaker(failing("a", { code: "connection" }), { failures: 1, resetMs: 30_000 });
    const limited = rateLimit(broken, { max: 10, perMs: 1_000 });
    const mailer = createMailer({ transport: failover([limited, memoryTransport({ name: "b" })], { cooldownMs: 0 }) });
    await mailer.send(hello);
    for (const _ of [1, 2]) expect((await mailer.send(hello)).transport).toBe("b");
    expect(vi.getTimerCount()).toBe(0);
  });

  test("a full limit sends mails to the next transport for so long alone as it is full", async () => {
    const limited = rateLimit(memoryTransport({ name: "a" }), { max: 1, perMs: 1_000, maxWaitMs: 0 });
    const mailer = createMailer({ transport: failover([limited, memoryTransport({ name: "b" })]) });
    expect((await mailer.send(hello)).transport).toBe("a");
    expect(await mailer.send(hello)).toMatchObject({ transport: "b", attempts: [{ passedOver: true }, {}] });
    await vi.advanceTimersByTimeAsync(1_002);
    expect((await mailer.send(hello)).transport).toBe("a");
  });

  test("time that runs out in the queue of a limit is no failure of the transport", async () => {
    const breaker = circuitBreaker(rateLimit(memoryTransport(), { max: 1, perMs: 1_000 }), { failures: 1 });
    const mailer = createMailer({ transport: breaker });
    await mailer.send(hello);
    const late = rejection(mailer.send(hello, { timeoutMs: 100 }));
    await vi.advanceTimersByTimeAsync(200);
    expect(await late).toMatchObject({ code: "timeout", delivery: "not_sent", attempts: [{ passedOver: true }] });
    await vi.advanceTimersByTimeAsync(1_000);
    expect((await mailer.send(hello)).status).toBe("sent");
  });
});

test("a mail narrowed to those in copy goes to a provider that insists on `to`, and shows nobody else", async () => {
  const relay = answering({ [bob]: later }, { code: "connection" });
  const cc = "cy@example.com";
  const api = memoryTransport({ name: "api", features: { requires: ["to"] } });
  const transport = retry(failover([relay.transport, api]), noWait);
  const { accepted } = await createMailer({ transport }).send({ ...hello, to: ada, cc: [bob] });
  expect(accepted).toEqual([ada, bob]);
  expect(api.sent.map(({ to, cc, bcc }) => [to, cc, bcc])).toEqual([[[{ address: bob }], [], []]]);
  const refusing = answering({ [bob]: later, [cc]: later }, { code: "connection" });
  const hidden = retry(failover([refusing.transport, api]), { ...noWait, attempts: 2 });
  const receipt = await createMailer({ transport: hidden }).send({ ...hello, to: ada, bcc: [bob, cc] });
  expect(receipt).toMatchObject({ accepted: [ada], rejected: { length: 2 } });
});

test("what a transport answers wrongly of one recipient of a batch is that one's outcome", async () => {
  const batch = { recipients: 100, bytes: 100_000 };
  const answers = [
    { ok: true, receipt: undefined },
    { ok: false, error: new TypeError("no MailError") },
    { ok: true, receipt: { status: "sent", accepted: ["cy@example.com"], rejected: [] } },
  ];
  const careless: Transport = {
    ...memoryTransport({ features: { batch } }),
    sendBatch: async ({ recipients }) => recipients.map(({ id }, index) => ({ id, ...answers[index] })) as never,
  };
  const { to: _, ...template } = hello;
  const recipients = ["ada", "bob", "cy"].map((name) => ({ to: `${name}@example.com` }));
  const outcomes: SendOutcome[] = [];
  for await (const outcome of createMailer({ transport: failover([careless]) }).sendBulk(template, recipients))
    outcomes.push(outcome);
  expect(outcomes).toMatchObject([
    { index: 0, ok: false, error: { code: "unknown", delivery: "unknown" } },
    { index: 1, ok: false, error: { code: "unknown", delivery: "unknown" } },
    { index: 2, ok: true },
  ]);
});
