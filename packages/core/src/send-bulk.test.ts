import fc from "fast-check";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import type { BatchRequest } from "./batch.ts";
import { splitBatchHeaders } from "./batch-headers.ts";
import type { BulkRecipient } from "./bulk-recipient.ts";
import { createMailer } from "./create-mailer.ts";
import type { Features } from "./features.ts";
import { MailError } from "./mail-error.ts";
import { memoryTransport, rejection } from "./memory-transport.fixture.ts";
import type { Message } from "./message.ts";
import type { PreparedMessage } from "./prepared-message.ts";
import type { SendOutcome, SendRun } from "./send-run.ts";
import type { Transport } from "./transport.ts";

const template = {
  from: "shop@acme.example",
  subject: "Order {{ order.number }}",
  text: "Dear {{name}}",
  html: "<p>{{name}} {{{badge}}}</p>",
};
const ada: BulkRecipient = {
  to: "ada@example.com",
  data: { name: "Ada & <Co>", badge: "<b>1</b>", "order.number": 7 },
};
const batch = { recipients: 3, bytes: 10_000 };

async function collect(run: SendRun): Promise<SendOutcome[]> {
  const outcomes: SendOutcome[] = [];
  for await (const outcome of run) outcomes.push(outcome);
  return outcomes.sort((a, b) => a.index - b.index);
}

const people = (count: number): BulkRecipient[] =>
  Array.from({ length: count }, (_, n) => ({ ...ada, to: `user${n}@example.com` }));

describe.each([
  ["one by one", undefined],
  ["in batches", batch],
])("sendBulk %s", (_name, limits) => {
  const bulkTransport = (more: Partial<Features> = {}) =>
    memoryTransport({ features: { ...(limits && { batch: limits }), ...more } });

  test("fills placeholders, escaped in html unless asked otherwise", async () => {
    const transport = bulkTransport();
    const [outcome] = await collect(createMailer({ transport }).sendBulk(template, [ada]));
    expect(outcome).toMatchObject({ index: 0, ok: true, receipt: { accepted: ["ada@example.com"] } });
    expect(transport.sent[0]).toMatchObject({
      to: [{ address: "ada@example.com" }],
      subject: "Order 7",
      text: "Dear Ada & <Co>",
      html: "<p>Ada &amp; &lt;Co&gt; <b>1</b></p>",
    });
    expect(transport.sent[0]?.headers["X-Mail-Id"]).toBe(outcome?.ok && outcome.receipt.id);
  });

  test.each([
    ["subject", { subject: "{{long}}" }],
    ["headers.X-Own", { headers: { "X-Own": "a {{long}}" } }],
  ])("refuses for one recipient a value that makes a line too long, in %s", async (field, message) => {
    const long = "x".repeat(1_000);
    const transport = bulkTransport();
    const recipients = [
      { to: "a@example.com", data: { long } },
      { to: "b@example.com", data: { long: "short" } },
    ];
    const outcomes = await collect(
      createMailer({ transport }).sendBulk({ from: template.from, text: "", ...message }, recipients),
    );
    expect(outcomes).toMatchObject([{ ok: false, error: { code: "invalid_message", field } }, { ok: true }]);
  });

  test.each(["", " \t"])(
    "refuses for one recipient a header that is left empty, as send() does: %j",
    async (company) => {
      const transport = bulkTransport();
      const message = { ...template, headers: { "X-Company": "{{company}}" } };
      const recipients = [company, "Acme"].map((value) => ({ ...ada, data: { ...ada.data, company: value } }));
      const outcomes = await collect(createMailer({ transport }).sendBulk(message, recipients));
      expect(outcomes).toMatchObject([
        { ok: false, error: { code: "invalid_message", field: "headers.X-Company" } },
        { ok: true },
      ]);
    },
  );

  test("each recipient sees only their own address and has ids of their own", async () => {
    const transport = bulkTransport();
    const outcomes = await collect(createMailer({ transport }).sendBulk(template, people(7)));
    expect(outcomes.every(({ ok }) => ok)).toBe(true);
    expect(new Set(transport.sent.map(({ id }) => id)).size).toBe(7);
    expect(new Set(transport.sent.map(({ messageId }) => messageId)).size).toBe(7);
    for (const { to, cc, bcc, envelope } of transport.sent)
      expect([to.length, cc.length, bcc.length, envelope.to.length]).toEqual([1, 0, 0, 1]);
    expect(transport.batches.map(({ recipients }) => recipients.length)).toEqual(limits === undefined ? [] : [3, 3, 1]);
  });

  test("a mail has the date on which it is sent, however long ago the run was started", async () => {
    vi.useFakeTimers({ toFake: ["Date"] });
    onTestFinished(() => void vi.useRealTimers());
    const later = new Date(Date.now() + 86_400_000);
    function* late(): Generator<BulkRecipient> {
      vi.setSystemTime(later);
      yield ada;
    }
    const transport = bulkTransport();
    await createMailer({ transport }).sendBulk(template, late());
    expect(transport.sent[0]?.date).toEqual(later);
  });

  test("headers, metadata and keys of a recipient are added to the message's", async () => {
    const transport = bulkTransport();
    const message = {
      ...template,
      headers: { "X-Campaign": "{{name}}", "X-Both": "message" },
      metadata: { campaign: "c", both: "m" },
      tags: ["t"],
    };
    const recipient = {
      ...ada,
      data: { ...ada.data, name: "Ada" },
      headers: { "x-both": "own" },
      metadata: { both: "own" },
      idempotencyKey: "k1",
    };
    await createMailer({ transport }).sendBulk(message, [recipient]);
    const mail = transport.sent[0] as PreparedMessage;
    expect(mail).toMatchObject({ metadata: { campaign: "c", both: "own" }, tags: ["t"], idempotencyKey: "k1" });
    expect(mail.headers).toEqual({ "X-Campaign": "Ada", "x-both": "own", "X-Mail-Id": mail.id });
  });

  test.each([
    ["https://acme.example/bye/{{token}}", "https://acme.example/bye/a%20b%3E%2C%3Cc"],
    ["https://acme.example/bye?t={{ token }}&n={{order.number}}", "https://acme.example/bye?t=a%20b%3E%2C%3Cc&n=7"],
  ])("each recipient unsubscribes by a link of their own: %s", async (url, link) => {
    const transport = bulkTransport();
    const message = { ...template, unsubscribe: { url, mailto: "bye+{{token}}@acme.example" } };
    const recipients = [{ ...ada, data: { ...ada.data, token: "a b>,<c" } }, ada];
    const outcomes = await collect(createMailer({ transport }).sendBulk(message, recipients));
    expect(transport.sent[0]?.headers).toMatchObject({
      "List-Unsubscribe": `<${link}>, <mailto:bye%2Ba%20b%3E%2C%3Cc@acme.example>`,
      "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    });
    expect(outcomes).toMatchObject([{ ok: true }, { ok: false, error: { field: "data.token" } }]);
  });

  test("a bad recipient is an outcome of its own", async () => {
    const transport = bulkTransport();
    const bad: BulkRecipient[] = [
      { ...ada, to: "nobody" },
      { to: "b@example.com", data: { name: "B", "order.number": 7 } },
      { ...ada, data: { ...ada.data, "order.number": "7\r\nBcc: x@example.com" } },
      { ...ada, headers: { Bcc: "x@example.com" } },
      { ...ada, metadata: { "": "x" } },
      { ...ada, nmae: "typo" } as BulkRecipient,
      { ...ada, data: { ...ada.data, name: { toString: () => "x" } } },
      null as unknown as BulkRecipient,
      ["ada@example.com"] as unknown as BulkRecipient,
      { ...ada, metadata: new Map([["a", "1"]]) as never },
      { ...ada, data: [] as never },
    ];
    const outcomes = await collect(createMailer({ transport }).sendBulk(template, [...bad, ada]));
    expect(outcomes.map((outcome) => (outcome.ok ? "sent" : outcome.error.field))).toEqual([
      "to",
      "data.badge",
      "data.order.number",
      "headers.Bcc",
      "metadata.",
      "nmae",
      "data.name",
      "recipient",
      "recipient",
      "metadata",
      "data",
      "sent",
    ]);
    expect(transport.sent).toHaveLength(1);
  });

  test("says of a value what is wrong with it, and puts no NaN into a mail", async () => {
    const transport = bulkTransport();
    const values = [undefined, null, Number.NaN, Number.POSITIVE_INFINITY, new Date(0), ["Ada"], { first: "Ada" }];
    const people = values.map((name) => ({ ...ada, data: { ...ada.data, name } }));
    const outcomes = await collect(createMailer({ transport }).sendBulk(template, people));
    expect(outcomes.map((outcome) => (outcome.ok ? "sent" : outcome.error.message))).toEqual([
      "data.name: is missing",
      "data.name: is null, not a text, number or boolean",
      "data.name: is NaN, not a text, number or boolean",
      "data.name: is Infinity, not a text, number or boolean",
      "data.name: is Date, not a text, number or boolean",
      "data.name: is Array, not a text, number or boolean",
      "data.name: is Object, not a text, number or boolean",
    ]);
    expect(outcomes.map((outcome) => (outcome.ok ? "sent" : outcome.error.hint))).toMatchObject([
      "The message has {{name}}: give its value in `data`.",
      ...Array(3).fill("The message has {{name}}: give its value in `data`."),
      ...Array(3).fill("The message has {{name}}: write it as it shall be read, since only you know how."),
    ]);
    expect(transport.sent).toHaveLength(0);
  });

  test("a recipient who cannot be read is an outcome of its own, and surely was not sent to", async () => {
    const unreadable = {
      to: "a@example.com",
      get data(): never {
        throw new Error("not loaded");
      },
    };
    const outcomes = await collect(createMailer({ transport: bulkTransport() }).sendBulk(template, [unreadable, ada]));
    expect(outcomes).toMatchObject([
      { ok: false, error: { code: "invalid_message", field: "recipient", delivery: "not_sent" } },
      { ok: true },
    ]);
  });

  test("keys of Object.prototype are no data", async () => {
    const transport = bulkTransport();
    const outcomes = await collect(
      createMailer({ transport }).sendBulk({ ...template, text: "{{constructor}} {{__proto__}}" }, [ada]),
    );
    expect(outcomes).toMatchObject([{ ok: false, error: { field: "data.constructor" } }]);
  });

  test("suppressed recipients are outcomes of their own", async () => {
    const transport = bulkTransport();
    const suppressions = {
      find: async (asked: readonly string[]) =>
        asked.filter((a) => a === "user1@example.com").map((address) => ({ address, reason: "complained" })),
    };
    const outcomes = await collect(createMailer({ transport, suppressions }).sendBulk(template, people(4)));
    expect(outcomes.map((outcome) => outcome.ok || outcome.error.code)).toEqual([true, "suppressed", true, true]);
    expect(transport.sent).toHaveLength(3);
  });

  test("redirectTo holds for a mail merge too", async () => {
    const transport = bulkTransport();
    await createMailer({ transport, redirectTo: "qa@acme.example" }).sendBulk(template, people(4));
    expect(transport.sent.map(({ to }) => to[0]?.address)).toEqual(Array(4).fill("qa@acme.example"));
    expect(transport.sent.map(({ headers }) => headers["X-Original-To"])).toContain("user3@example.com");
  });

  test("defaults and middleware run once for the message", async () => {
    const transport = bulkTransport();
    const step = vi.fn((message) => ({ ...message, text: "Hi {{name}}" }));
    await createMailer({ transport, defaults: { from: "d@acme.example" } })
      .use(step)
      .sendBulk({ ...template, from: undefined }, people(5));
    expect(step).toHaveBeenCalledExactlyOnceWith(expect.anything(), expect.objectContaining({ bulk: true }));
    expect(transport.sent[0]).toMatchObject({ from: { address: "d@acme.example" }, text: "Hi Ada & <Co>" });
  });

  test("a repeated address gets a mail for each time it is listed", async () => {
    const transport = bulkTransport();
    expect(await createMailer({ transport }).sendBulk(template, [ada, ada, ada])).toMatchObject({ sent: 3 });
    for (const { recipients } of transport.batches)
      expect(new Set(recipients.map(({ to }) => to.address)).size).toBe(recipients.length);
  });

  test("advisory fields that the transport lacks are dropped and told for each", async () => {
    const transport = bulkTransport({ fields: [] });
    const outcomes = await collect(createMailer({ transport }).sendBulk({ ...template, tags: ["a"] }, people(2)));
    expect(outcomes.map((outcome) => outcome.ok && outcome.receipt.dropped)).toEqual([["tags"], ["tags"]]);
  });

  test("events tell of each mail", async () => {
    const mailer = createMailer({ transport: bulkTransport() });
    const seen: string[] = [];
    for (const name of ["sending", "sent", "failed"] as const) mailer.on(name, () => void seen.push(name));
    await mailer.sendBulk(template, [ada, { ...ada, to: "" }, { ...ada, to: "b@example.com" }]);
    expect(seen.sort()).toEqual(["failed", "sending", "sending", "sent", "sent"]);
  });

  test("an endless input is read lazily", async () => {
    let pulled = 0;
    function* endless(): Generator<BulkRecipient> {
      while (true) yield { ...ada, to: `user${pulled++}@example.com` };
    }
    for await (const _ of createMailer({ transport: bulkTransport() }).sendBulk(template, endless(), {
      concurrency: 2,
    }))
      break;
    expect(pulled).toBeLessThan(16);
  });

  test("whatever the values, subject and headers stay single lines and html keeps its structure", async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: "binary" }), async (name) => {
        const transport = bulkTransport();
        const message = {
          ...template,
          subject: "{{name}}",
          html: "<p>{{name}}</p>",
          headers: { "X-Name": "{{name}}" },
        };
        await createMailer({ transport }).sendBulk(message, [{ ...ada, data: { name, badge: "" } }]);
        for (const mail of transport.sent) {
          expect(`${mail.subject}${Object.values(mail.headers).join("")}`).not.toMatch(/[\r\n\0]/);
          expect(mail.html?.replace(/^<p>|<\/p>$/g, "")).not.toMatch(/[<>]/);
        }
      }),
      { numRuns: 300 },
    );
  });
});

describe("the message of a mail merge", () => {
  const send = (message: object) =>
    rejection(createMailer({ transport: memoryTransport() }).sendBulk({ ...template, ...message }, [ada]));

  test.each([
    [{ to: "a@example.com" }, "to"],
    [{ cc: "a@example.com" }, "cc"],
    [{ bcc: "a@example.com" }, "bcc"],
    [{ idempotencyKey: "k" }, "idempotencyKey"],
    [{ html: "{{#if x}}" }, "html"],
    [{ subject: "{{ a b }}" }, "subject"],
    [{ headers: { "X-A": "{{" } }, "headers.X-A"],
    [{ attachments: [{ content: new Blob(["x"]).stream() }] }, "attachments[0].content"],
  ])("%o is refused for all, naming %s", async (message, field) => {
    expect(await send(message)).toMatchObject({ code: "invalid_message", field });
  });
});

describe("batches", () => {
  const withBatch = (sendBatch: Transport["sendBatch"]): Transport => ({
    ...memoryTransport({ features: { batch } }),
    ...(sendBatch && { sendBatch }),
  });

  test("a batch that fails whole is the outcome of each of its recipients", async () => {
    const transport = withBatch(async () => {
      throw new MailError("busy", { code: "unavailable" });
    });
    const outcomes = await collect(createMailer({ transport }).sendBulk(template, people(4)));
    expect(outcomes).toMatchObject(
      Array(4).fill({ ok: false, error: { code: "unavailable", transport: "memory", attempts: [{}] } }),
    );
  });

  test("a recipient about whom the transport says nothing is unknown, never sent", async () => {
    const transport = withBatch(async ({ recipients }) =>
      recipients
        .slice(1)
        .map(({ id, to }) => ({ id, ok: true, receipt: { status: "sent", accepted: [to.address], rejected: [] } })),
    );
    const outcomes = await collect(createMailer({ transport }).sendBulk(template, people(2)));
    expect(outcomes).toMatchObject([{ ok: false, error: { code: "unknown", delivery: "unknown" } }, { ok: true }]);
  });

  test("a transport that throws the abort reason on leaves the outcome of a batch unknown", async () => {
    const transport = withBatch(
      (_batch, { signal }) => new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason))),
    );
    const outcomes = await collect(createMailer({ transport }).sendBulk(template, people(2), { timeoutMs: 5 }));
    expect(outcomes).toMatchObject(Array(2).fill({ ok: false, error: { code: "timeout", delivery: "unknown" } }));
  });

  test("abort tells of everybody who was pulled, those who wait in a batch included", async () => {
    const controller = new AbortController();
    let pulled = 0;
    async function* slow(): AsyncGenerator<BulkRecipient> {
      while (true) {
        await new Promise((resolve) => setImmediate(resolve));
        if (++pulled === 17) controller.abort();
        yield { ...ada, to: `user${pulled}@example.com` };
      }
    }
    const transport = memoryTransport({ features: { batch: { recipients: 10, bytes: 100_000 } } });
    const outcomes = await collect(
      createMailer({ transport }).sendBulk(template, slow(), { signal: controller.signal }),
    );
    expect(outcomes).toHaveLength(pulled);
    expect(
      outcomes.filter((outcome) => !outcome.ok && outcome.error.code === "aborted").length + transport.sent.length,
    ).toBe(pulled);
  });

  test("an input that throws loses nobody who was pulled", async () => {
    async function* broken(): AsyncGenerator<BulkRecipient> {
      yield* people(5);
      throw new Error("database gone");
    }
    const transport = memoryTransport({ features: { batch: { recipients: 10, bytes: 100_000 } } });
    const run = createMailer({ transport }).sendBulk(template, broken());
    expect(await rejection(run)).toMatchObject({ message: "database gone" });
    expect(transport.sent).toHaveLength(5);
  });

  test("a recipient who is more than a batch may hold goes alone", async () => {
    const transport = memoryTransport({ features: { batch: { recipients: 10, bytes: 1_000 } } });
    const big = { ...ada, data: { ...ada.data, name: "x".repeat(2_000) } };
    expect(await createMailer({ transport }).sendBulk(template, [ada, big])).toMatchObject({ sent: 2 });
    expect(transport.batches.map(({ recipients }) => recipients.length)).toEqual([1]);
  });

  test("fields that the transport lacks do not keep a mail merge from going in batches", async () => {
    const transport = memoryTransport({ features: { batch, fields: [] } });
    const outcomes = await collect(
      createMailer({ transport }).sendBulk(
        { ...template, tags: ["a"], priority: "high", metadata: { a: "1" } },
        people(3),
      ),
    );
    expect(outcomes.map((outcome) => outcome.ok && outcome.receipt.dropped)).toEqual(
      Array(3).fill(["metadata", "priority", "tags"]),
    );
    expect(transport.batches).toMatchObject([
      { mail: { tags: [], headers: {} }, recipients: Array(3).fill({ metadata: {} }) },
    ]);
  });

  test("batches stay within the limit of bytes", async () => {
    const transport = memoryTransport({ features: { batch: { recipients: 1000, bytes: 2_000 } } });
    await createMailer({ transport }).sendBulk(
      { ...template, text: "{{big}}" },
      people(5).map((one) => ({ ...one, data: { ...one.data, big: "x".repeat(500) } })),
    );
    expect(transport.batches.length).toBeGreaterThan(2);
    expect(transport.sent).toHaveLength(5);
  });

  test.each<[string, Message, number]>([
    ["nothing but values", { ...template, text: "{{long}}" }, 1],
    ["the subject", { ...template, subject: "{{long}}" }, 2],
    ["headers", { ...template, headers: { "X-Long": "{{long}} {{long}}" } }, 2],
    ["the data of a template", { from: template.from, template: { id: "d-1", data: { news: "x".repeat(800) } } }, 2],
  ])("what a recipient adds to a batch counts, whoever wrote it: %s", async (_what, message, count) => {
    const transport = memoryTransport({ features: { batch: { recipients: 1000, bytes: 6_000 } } });
    const data = { ...ada.data, long: "x ".repeat(100) };
    const recipients = people(8).map((one) => (message.template === undefined ? { ...one, data } : { to: one.to }));
    expect(await createMailer({ transport }).sendBulk(message, recipients)).toMatchObject({ sent: 8 });
    expect(transport.batches).toHaveLength(count);
  });

  test("a recipient who does not fit beside others goes alone", async () => {
    const transport: ReturnType<typeof memoryTransport> = {
      ...memoryTransport({ features: { batch } }),
      fitsBatch: ({ subject, headers }, { values }) =>
        subject !== "Order 7" && "X-Mail-Id" in headers && "name" in values,
    };
    const other = { ...ada, data: { ...ada.data, "order.number": 8 } };
    expect(await createMailer({ transport }).sendBulk(template, [other, ada, other])).toMatchObject({ sent: 3 });
    expect(transport.batches.map(({ recipients }) => recipients.length)).toEqual([1, 1]);
  });

  test("recipients with other names of headers and metadata go in another batch, where the transport asks for it", async () => {
    const recipients = people(6).map((one, index) =>
      index % 2 === 0 ? one : { ...one, headers: { "X-Odd": "yes" }, metadata: { odd: "yes" } },
    );
    const sizes = async (uniform: boolean): Promise<readonly number[]> => {
      const transport = memoryTransport({ features: { batch: { recipients: 6, bytes: 10_000, uniform } } });
      await createMailer({ transport }).sendBulk(template, recipients);
      return transport.batches.map((one) => one.recipients.length);
    };
    expect([await sizes(false), await sizes(true)]).toEqual([[6], [3, 3]]);
  });

  test("no more recipients wait than fit in one batch, however many kinds there are", async () => {
    let pulled = 0;
    function* endless(): Generator<BulkRecipient> {
      while (true) yield { ...ada, to: `user${pulled}@example.com`, headers: { [`X-Kind-${pulled++}`]: "x" } };
    }
    const transport = memoryTransport({ features: { batch: { ...batch, uniform: true } } });
    for await (const _ of createMailer({ transport }).sendBulk(template, endless(), { concurrency: 2 })) break;
    expect(pulled).toBeLessThan(16);
  });

  test("nobody waits for the end because all others are of another kind", async () => {
    const big = { ...ada, data: { ...ada.data, name: "x".repeat(1_000) } };
    const many = Array.from({ length: 20 }, (_, index) => ({ ...big, to: `user${index}@example.com` }));
    const transport = memoryTransport({ features: { batch: { recipients: 5, bytes: 10_000, uniform: true } } });
    const first = { ...ada, to: "first@example.com", headers: { "X-Kind": "other" } };
    await createMailer({ transport }).sendBulk(template, [first, ...many], { concurrency: 1 });
    const order = transport.sent.map(({ to }) => to[0]?.address);
    expect(order.indexOf("first@example.com")).toBeLessThan(6);
    expect(order).toHaveLength(21);
  });

  describe("with a recipient whom the provider refuses without saying whom", () => {
    const refusing = (bad: readonly string[], error: Partial<ConstructorParameters<typeof MailError>[1]> = {}) => {
      const sizes: number[] = [];
      const transport = withBatch(async ({ recipients }) => {
        sizes.push(recipients.length);
        if (recipients.some(({ to }) => bad.includes(to.address)))
          throw new MailError("one is bad", { code: "recipient_rejected", ...error });
        return recipients.map(({ id, to }) => ({
          id,
          ok: true,
          receipt: { status: "sent", accepted: [to.address], rejected: [] },
        }));
      });
      return {
        sizes,
        transport: { ...transport, features: { ...transport.features, batch: { ...batch, recipients: 8 } } },
      };
    };

    test("are halved until that one stands alone", async () => {
      const { sizes, transport } = refusing(["user5@example.com"]);
      const outcomes = await collect(createMailer({ transport }).sendBulk(template, people(8)));
      expect(outcomes.map(({ ok }) => ok)).toEqual([true, true, true, true, true, false, true, true]);
      expect(outcomes[5]).toMatchObject({ error: { code: "recipient_rejected", attempts: [{}] } });
      expect(sizes).toEqual([8, 4, 4, 2, 1, 1, 2]);
    });

    test.each([
      ["it may have been sent", { delivery: "unknown" } as const],
      ["all of it is at fault", { code: "invalid_message" } as const],
    ])("are not asked for again where %s", async (_why, error) => {
      const { sizes, transport } = refusing(["user1@example.com"], error);
      expect(await createMailer({ transport }).sendBulk(template, people(4))).toMatchObject({ failed: 4 });
      expect(sizes).toEqual([4]);
    });
  });

  test("a time to send at that has passed by is left out", async () => {
    const transport = memoryTransport({ features: { batch } });
    await createMailer({ transport }).sendBulk({ ...template, sendAt: new Date(Date.now() - 1_000) }, people(1));
    expect(transport.batches[0]?.mail.sendAt).toBeUndefined();
  });
});

describe("the data of a provider's template", () => {
  const message = { from: template.from, template: { id: "d-1", data: { shop: "Acme", name: "reader" } } };

  test.each([
    ["one by one", {}],
    ["in batches", { batch }],
  ])("is the message's with the recipient's, %s", async (_name, features) => {
    const transport = memoryTransport({ features });
    const recipients = [{ to: "ada@example.com", data: { name: "Ada", items: [1, 2] } }, { to: "bob@example.com" }];
    await createMailer({ transport }).sendBulk(message, recipients);
    expect(transport.sent.map((mail) => mail.template)).toEqual([
      { id: "d-1", data: { shop: "Acme", name: "Ada", items: [1, 2] } },
      message.template,
    ]);
  });

  test("is refused for one recipient where it is no JSON", async () => {
    const outcomes = await collect(
      createMailer({ transport: memoryTransport({ features: { batch } }) }).sendBulk(message, [
        { to: "ada@example.com", data: { count: 1n } },
        { to: "bob@example.com" },
      ]),
    );
    expect(outcomes).toMatchObject([{ ok: false, error: { field: "template.data" } }, { ok: true }]);
  });
});

test("headers of a batch are parted into those that all have and each one's own", async () => {
  const transport = memoryTransport({ features: { batch } });
  const headers = { "X-Same": "{{same}}", "X-Each": "{{name}}", "X-Both": "message" };
  await createMailer({ transport }).sendBulk({ ...template, html: "", headers }, [
    { to: "a@example.com", data: { name: "A", same: 1, "order.number": 1 } },
    { to: "b@example.com", data: { name: "B", same: 1, "order.number": 1 }, headers: { "x-both": "own" } },
  ]);
  const { shared, own } = splitBatchHeaders(transport.batches[0] as BatchRequest);
  expect(shared).toEqual({ "X-Same": "1" });
  expect([...own.values()]).toEqual([
    { "X-Each": "A", "X-Both": "message", "X-Mail-Id": expect.any(String) },
    { "X-Each": "B", "x-both": "own", "X-Mail-Id": expect.any(String) },
  ]);
});
