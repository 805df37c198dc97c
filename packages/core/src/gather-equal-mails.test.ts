import { setImmediate as nextTurn } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { abortError } from "./abort.ts";
import { createMailer } from "./create-mailer.ts";
import { failover } from "./failover.ts";
import { allFields } from "./features.ts";
import { file } from "./file.ts";
import { MailError } from "./mail-error.ts";
import type { SendManyOptions } from "./mailer.ts";
import { hello, type MemoryOptions, type MemoryTransport, memoryTransport } from "./memory-transport.fixture.ts";
import type { Message } from "./message.ts";
import { once } from "./once.ts";
import { retry } from "./retry.ts";
import type { SendOutcome, SendRun } from "./send-run.ts";
import type { Transport } from "./transport.ts";

const people = (count: number): string[] => Array.from({ length: count }, (_, n) => `p${n}@example.com`);
const toEach = (count: number, message: Partial<Message> = {}): Message[] =>
  people(count).map((to) => ({ ...hello, ...message, to }));

const taking = ({
  recipients = 100,
  bytes = 1e6,
  ...options
}: MemoryOptions & { recipients?: number; bytes?: number } = {}) =>
  memoryTransport({ features: { batch: { recipients, bytes } }, ...options });

async function collect(run: SendRun): Promise<SendOutcome[]> {
  const outcomes: SendOutcome[] = [];
  for await (const outcome of run) outcomes.push(outcome);
  return outcomes;
}

async function sendInBatches(
  transport: Transport,
  messages: readonly Message[],
  options: SendManyOptions = {},
): Promise<readonly SendOutcome[]> {
  const run = createMailer({ transport }).sendMany(messages, { inBatches: true, concurrency: 100, ...options });
  return (await collect(run)).sort((one, other) => one.index - other.index);
}

describe("sendMany in batches", () => {
  test("sends mails that differ in the recipient alone in one request, each with an outcome of its own", async () => {
    const transport = taking();
    const outcomes = await sendInBatches(transport, toEach(20));
    expect(transport.batches.map(({ recipients }) => recipients.length)).toEqual([20]);
    expect(outcomes.map((outcome) => outcome.ok && outcome.receipt.accepted)).toEqual(people(20).map((to) => [to]));
    const ids = outcomes.map((outcome) => outcome.ok && outcome.receipt.id);
    expect(transport.sent.map(({ id }) => id)).toEqual(ids);
    expect(new Set(ids).size).toBe(20);
  });

  test("sends each mail by itself unless asked to", async () => {
    const transport = taking();
    await createMailer({ transport }).sendMany(toEach(20));
    expect([transport.batches.length, transport.sent.length]).toEqual([0, 20]);
  });

  test("holds no more mails in a request than are in flight at once", async () => {
    const transport = taking();
    await sendInBatches(transport, toEach(20), { concurrency: 5 });
    expect(Math.max(...transport.batches.map(({ recipients }) => recipients.length))).toBe(5);
    expect(transport.sent.length).toBe(20);
  });

  test("every mail is the one that it would be by itself", async () => {
    const [together, alone] = [taking(), taking()];
    const content = Buffer.from("a file");
    const messages = people(6).map(
      (to, n): Message => ({
        ...hello,
        to: { name: `Person ${n}`, address: to },
        subject: "Not {{a}} placeholder",
        text: "{{b}}",
        html: "<p>{{{c}}} & d</p>",
        headers: { "X-Own": `${n}`, "X-All": "{{d}}" },
        metadata: { own: `${n}` },
        tags: ["a"],
        attachments: [{ filename: "a.txt", content }],
        unsubscribe: { url: "https://acme.example/u/1" },
        idempotencyKey: `key ${n}`,
      }),
    );
    await sendInBatches(together, messages);
    await createMailer({ transport: alone }).sendMany(messages);
    expect(together.batches.length).toBe(1);
    const comparable = ({ sent }: typeof alone) =>
      sent.map(({ id, messageId, date, headers: { "X-Mail-Id": mailId, ...headers }, ...mail }) => ({
        ...mail,
        headers,
        hasItsId: mailId === id && messageId.includes(id),
      }));
    expect(comparable(together)).toEqual(comparable(alone));
    expect(comparable(together).every(({ hasItsId }) => hasItsId)).toBe(true);
  });

  test.each<[string, Partial<Message>]>([
    ["subject", { subject: "Other" }],
    ["sender", { from: "Other <other@acme.example>" }],
    ["text", { text: "Jello" }],
    ["html", { html: "<p>Hello" }],
    ["copy", { cc: "bob@example.com" }],
    ["return path", { envelope: { from: "bounces@acme.example" } }],
    ["tag", { tags: ["b"] }],
    ["answer's address", { replyTo: "help@acme.example" }],
    ["time", { sendAt: new Date(Date.now() + 60_000) }],
    ["file", { attachments: [{ filename: "a.txt", content: "a" }] }],
  ])("a mail with another %s goes by itself", async (_, difference) => {
    const transport = taking();
    const messages = [...toEach(2), { ...hello, ...difference, to: "other@example.com" }];
    const outcomes = await sendInBatches(transport, messages);
    expect(outcomes.map(({ ok }) => ok)).toEqual([true, true, true]);
    expect(transport.batches.map(({ recipients }) => recipients.length)).toEqual([2]);
    expect(transport.sent.length).toBe(3);
  });

  test("long texts go together where they are the same to the end", async () => {
    const transport = taking();
    const page = "x".repeat(5_000);
    const pages = ["a", "b", "a", "b", "b"].map((end) => `${page}${end}`);
    await sendInBatches(
      transport,
      toEach(5).map((message, n) => ({ ...message, html: pages[n] })),
    );
    expect(transport.batches.map(({ mail, recipients }) => [mail.html, recipients.length])).toEqual([
      [[`${page}a`], 2],
      [[`${page}b`], 3],
    ]);
  });

  test("files go together where they are read from the same thing", async () => {
    const content = Buffer.from("a file");
    const withFile = (contents: readonly Uint8Array[]) =>
      contents.map((one, n): Message => ({ ...hello, to: `p${n}@example.com`, attachments: [{ content: one }] }));
    const [same, equal] = [taking(), taking()];
    await sendInBatches(same, withFile([content, content]));
    await sendInBatches(equal, withFile([Buffer.from("a file"), Buffer.from("a file")]));
    expect([same.batches.length, equal.batches.length]).toEqual([1, 0]);
  });

  test("a template's data is each mail's own", async () => {
    const transport = taking();
    const message = { from: hello.from, subject: "", text: undefined };
    await sendInBatches(
      transport,
      people(3).map((to, n): Message => ({ ...message, to, template: { id: "t", data: { n } } })),
    );
    expect(transport.batches.length).toBe(1);
    expect(transport.sent.map(({ template }) => template?.data)).toEqual([{ n: 0 }, { n: 1 }, { n: 2 }]);
  });

  test("the same address twice, and more recipients than fit, take a request more", async () => {
    const transport = taking({ recipients: 4 });
    const outcomes = await sendInBatches(transport, [...toEach(5), ...toEach(1)]);
    expect(outcomes.every(({ ok }) => ok)).toBe(true);
    expect(transport.batches.every(({ recipients }) => recipients.length <= 4)).toBe(true);
    expect(transport.sent.map(({ to }) => to[0]?.address).sort()).toEqual([...people(5), ...people(1)].sort());
  });

  test("a recipient that is refused is that mail's outcome alone", async () => {
    const transport = taking({ label: "api" });
    const refusal = new MailError("no", { code: "recipient_rejected" });
    const refusing: Transport = {
      ...transport,
      sendBatch: async ({ recipients }) =>
        recipients.map(({ id, to }) =>
          to.address === "p1@example.com"
            ? { id, ok: false, error: refusal }
            : { id, ok: true, receipt: { status: "sent", accepted: [to.address], rejected: [] } },
        ),
    };
    const outcomes = await sendInBatches(refusing, toEach(3));
    expect(outcomes).toMatchObject([
      { ok: true, receipt: { transport: "api", attempts: [{ transport: "api" }] } },
      { ok: false, error: { code: "recipient_rejected", transport: "api", attempts: [{ transport: "api" }] } },
      { ok: true },
    ]);
  });

  test("what a composite does for a mail it does for each mail of a batch", async () => {
    let calls = 0;
    const failing = taking({
      behaviour() {
        if (++calls <= 3) throw new MailError("busy", { code: "unavailable" });
      },
    });
    const transport = once(retry(failing, { backoff: { initialMs: 1 } }));
    const messages = toEach(3).map((message, n) => ({ ...message, idempotencyKey: `${n}` }));
    const first = await sendInBatches(transport, messages);
    const again = await sendInBatches(transport, messages);
    expect([...first, ...again].map((outcome) => (outcome.ok ? outcome.receipt.id : outcome.error.code))).toEqual([
      ...failing.sent.map(({ id }) => id),
      ...failing.sent.map(({ id }) => id),
    ]);
  });

  test("a mailer's key for the transport is its label", async () => {
    const mailer = createMailer({ use: "api", transports: { api: () => taking() } });
    const outcomes = await collect(mailer.sendMany(toEach(2), { inBatches: true }));
    expect(outcomes).toMatchObject(Array(2).fill({ receipt: { transport: "api", attempts: [{ transport: "api" }] } }));
  });

  test("a request is ended when the time of all its mails has run out", async () => {
    const transport = taking({
      behaviour: (_, { signal }) =>
        new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason))),
    });
    const outcomes = await sendInBatches(transport, toEach(3), { timeoutMs: 20 });
    expect(outcomes).toMatchObject(Array(3).fill({ ok: false, error: { code: "timeout", delivery: "unknown" } }));
  });

  test("mails that have no equals keep `concurrency` full, beside a request for those that have", async () => {
    const arrived = Promise.withResolvers<void>();
    let inFlight = 0;
    const transport = taking({
      async behaviour() {
        if (++inFlight === 12) arrived.resolve();
        await arrived.promise;
      },
    });
    const different = Array.from({ length: 8 }, (_, n): Message => ({ ...hello, subject: `Mail ${n}` }));
    const outcomes = await sendInBatches(transport, [...toEach(4), ...different], { concurrency: 12 });
    expect(outcomes.every(({ ok }) => ok)).toBe(true);
    expect(transport.batches.map(({ recipients }) => recipients.length)).toEqual([4]);
  });

  test("a transport that takes no batches gets mail by mail", async () => {
    const transport = memoryTransport();
    await sendInBatches(transport, toEach(3));
    expect(transport.sent.length).toBe(3);
  });

  test.each<unknown>(["yes", 1n, null])("%s for a boolean is refused before anything is sent", (given) => {
    const inBatches = given as boolean;
    expect(() => createMailer({ transport: taking() }).sendMany(toEach(3), { inBatches })).toThrow(
      expect.objectContaining({ code: "configuration", field: "inBatches" }),
    );
  });

  /** As a client's or a library's own types are: what they hold shows in their JSON alone. */
  class Amount {
    readonly #cents: number;
    constructor(cents: number) {
      this.#cents = cents;
    }
    toJSON(): number {
      return this.#cents;
    }
  }

  test.each<[string, (n: number) => unknown]>([
    ["objects of a class", (n) => new Amount(n)],
    ["functions", (n) => () => n],
    ["headers", (n) => new Headers({ n: `${n}` })],
    ["dates", (n) => new Date(n)],
    ["maps", (n) => new Map([[n, n]])],
    ["a number and its digits", (n) => (n === 0 ? 0 : "0")],
    ["nothing and null", (n) => (n === 0 ? undefined : null)],
  ])("options of a provider that are different %s go by themselves", async (_, optionFor) => {
    const transport = taking();
    const messages = toEach(2).map((message, n) => ({ ...message, providerOptions: { own: { value: optionFor(n) } } }));
    await sendInBatches(transport, messages);
    expect(transport.batches).toEqual([]);
    expect(transport.sent.map(({ providerOptions }) => providerOptions)).toEqual(
      messages.map(({ providerOptions }) => providerOptions),
    );
  });

  test("options of a provider that are the same go together, whatever they are", async () => {
    const transport = taking();
    const amount = new Amount(1);
    const options = () => ({ own: { amount, list: [1, { at: new Date(5) }], off: undefined } });
    await sendInBatches(
      transport,
      toEach(2).map((message) => ({ ...message, providerOptions: options() })),
    );
    expect(transport.batches.length).toBe(1);
  });

  test("options that hold themselves go by themselves", async () => {
    const transport = taking();
    const own: Record<string, unknown> = {};
    own["self"] = own;
    const outcomes = await sendInBatches(
      transport,
      toEach(2).map((message) => ({ ...message, providerOptions: { own } })),
    );
    expect(outcomes.map(({ ok }) => ok)).toEqual([true, true]);
  });

  test("a template's data that shows in its JSON alone is each mail's own", async () => {
    const transport = taking();
    const messages = people(2).map(
      (to, n): Message => ({ from: hello.from, to, template: { id: "t", data: { amount: new Amount(n) } } }),
    );
    await sendInBatches(transport, messages);
    expect(JSON.stringify(transport.sent.map(({ template }) => template?.data))).toBe('[{"amount":0},{"amount":1}]');
  });

  test("a mail is read once to find those that are equal, however many others there are", async () => {
    const transport = taking();
    let reads = 0;
    const option = {
      get value() {
        return ++reads;
      },
    };
    const messages = toEach(300).map((message) => ({ ...message, providerOptions: { own: option } }));
    await sendInBatches(transport, messages, { concurrency: 300 });
    expect(reads).toBe(300);
  });

  test("a file that is named for each mail anew is the same file", async () => {
    const transport = taking();
    const path = import.meta.filename;
    const withFile = (filename: string) => toEach(2, { attachments: [{ filename, content: file(path) }] });
    await sendInBatches(
      transport,
      toEach(2).map((message) => ({ ...message, attachments: [{ content: file(path) }] })),
    );
    expect(transport.batches.length).toBe(1);
    await sendInBatches(transport, [...withFile("a.txt").slice(0, 1), ...withFile("b.txt").slice(1)]);
    expect(transport.batches.length).toBe(1);
  });

  test("a transport that throws at once, or data that can be read but once, is that mail's outcome", async () => {
    const throwing: Transport = {
      ...taking({ recipients: 1 }),
      send() {
        throw new MailError("no", { code: "invalid_message" });
      },
    };
    let reads = 0;
    const data = {
      toJSON() {
        if (++reads > 1) throw new TypeError("read already");
        return {};
      },
    };
    const outcomes = await sendInBatches(throwing, [
      ...toEach(2),
      { from: hello.from, to: "ada@example.com", template: { id: "t", data } },
    ]);
    expect(outcomes).toMatchObject([
      { ok: false, error: { code: "invalid_message" } },
      { ok: false, error: { code: "invalid_message" } },
      { ok: false },
    ]);
  });

  test("headers that follow from a field go where that field goes", async () => {
    const [first, second] = [
      taking({
        name: "first",
        behaviour() {
          throw new MailError("down", { code: "unavailable" });
        },
      }),
      taking({
        name: "second",
        features: { fields: allFields.filter((field) => field !== "priority"), batch: { recipients: 10, bytes: 1e6 } },
      }),
    ];
    const transport = failover([first, second]);
    const message: Partial<Message> = { priority: "high", inReplyTo: "<a@b>", headers: { Importance2: "x" } };
    const outcomes = await sendInBatches(transport, toEach(2, message));
    expect(outcomes).toMatchObject(Array(2).fill({ ok: true, receipt: { dropped: ["priority"] } }));
    expect(second.batches.length).toBe(1);
    for (const { id, headers } of second.sent)
      expect(headers).toEqual({ "X-Mail-Id": id, "In-Reply-To": "<a@b>", Importance2: "x" });
  });

  test("amp with an unsubscribe link goes by itself, since it is not merged", async () => {
    const transport = taking();
    await sendInBatches(transport, toEach(2, { amp: "<html amp4email>", unsubscribe: { mailto: "out@acme.example" } }));
    await sendInBatches(transport, toEach(2, { amp: "<html amp4email>" }));
    expect(transport.batches.length).toBe(1);
  });

  test("who cannot be in a batch goes by themselves", async () => {
    const transport: Transport = { ...taking(), fitsBatch: (_, { to }) => to.address !== "p1@example.com" };
    const outcomes = await sendInBatches(transport, toEach(3));
    expect(outcomes.map(({ ok }) => ok)).toEqual([true, true, true]);
    const { batches, sent } = transport as MemoryTransport;
    expect(batches.map(({ recipients }) => recipients.map(({ to }) => to.address))).toEqual([
      ["p0@example.com", "p2@example.com"],
    ]);
    expect(sent.length).toBe(3);
  });

  test("an abort during a request reaches the requests that come after it, and the run can go on from there", async () => {
    const controller = new AbortController();
    const aborting: Transport = {
      ...taking({ recipients: 2 }),
      sendBatch: async ({ recipients }, { signal }) => {
        controller.abort();
        return recipients.map(({ id }) => ({ id, ok: false, error: abortError(signal) }));
      },
    };
    const run = createMailer({ transport: aborting }).sendMany(toEach(4), {
      inBatches: true,
      concurrency: 100,
      signal: controller.signal,
    });
    expect(await collect(run)).toMatchObject(
      Array(4).fill({ ok: false, error: { code: "aborted", delivery: "not_sent" } }),
    );
    expect(run.position).toBe(0);
  });

  test("no mail waits for its equals for as long as others come", async () => {
    const transport = taking({ recipients: 2 });
    const rare = Promise.withResolvers<void>();
    const mailer = createMailer({ transport });
    mailer.on("sent", ({ receipt }) => {
      if (receipt.accepted[0] === "rare@example.com") rare.resolve();
    });
    let goesOn = true;
    async function* endless(): AsyncGenerator<Message> {
      yield { ...hello, subject: "Rare", to: "rare@example.com" };
      for (let n = 0; goesOn; n++) {
        await nextTurn();
        yield { ...hello, to: `p${n % 1000}@example.com` };
      }
    }
    const run = mailer.sendMany(endless(), { inBatches: true, concurrency: 50 });
    const finished = collect(run);
    await rare.promise;
    goesOn = false;
    expect((await finished).every(({ ok }) => ok)).toBe(true);
  });

  test("who is suppressed is left out, and redirected mails go one by one", async () => {
    const transport = taking();
    const suppressions = { find: async () => [{ address: "p1@example.com", reason: "bounced" }] };
    const outcomes = await collect(createMailer({ transport, suppressions }).sendMany(toEach(3), { inBatches: true }));
    expect(outcomes.filter(({ ok }) => !ok)).toMatchObject([{ index: 1, error: { code: "suppressed" } }]);
    expect(transport.batches.map(({ recipients }) => recipients.length)).toEqual([2]);
    await createMailer({ transport, suppressions, redirectTo: "stage@acme.example" }).sendMany(toEach(3), {
      inBatches: true,
      suppressions: "ignore",
    });
    expect(transport.batches.length).toBe(1);
    expect(transport.sent.slice(2).map(({ headers }) => headers["X-Original-To"])).toEqual(people(3));
  });
});
