import { describe, expect, expectTypeOf, test, vi } from "vitest";
import { abortError } from "./abort.ts";
import { createMailer } from "./create-mailer.ts";
import { failover } from "./failover.ts";
import type { FeatureField } from "./features.ts";
import { MailError } from "./mail-error.ts";
import type { Mailer } from "./mailer.ts";
import { hello, memoryTransport, rejection } from "./memory-transport.fixture.ts";
import type { PreparedMessage } from "./prepared-message.ts";
import type { Suppressions } from "./suppressions.ts";

const suppress = (...addresses: string[]): Suppressions => ({
  find: async (asked) =>
    asked.filter((address) => addresses.includes(address)).map((address) => ({ address, reason: "bounced" })),
});

describe("choosing a transport", () => {
  test("one entry decides, and only what is used is built", async () => {
    const a = memoryTransport();
    const build = vi.fn(() => memoryTransport());
    const mailer = createMailer({ use: "a", transports: { a: () => a, b: build } });
    const receipt = await mailer.send(hello);
    expect(receipt).toMatchObject({ status: "sent", transport: "a", accepted: ["ada@example.com"], rejected: [] });
    expect(a.sent).toHaveLength(1);
    expect(build).not.toHaveBeenCalled();
    await mailer.send(hello, { transport: "b" });
    await mailer.send(hello, { transport: "b" });
    expect(build).toHaveBeenCalledOnce();
    expectTypeOf(mailer).toEqualTypeOf<Mailer<"a" | "b">>();
  });

  test("a transport of the caller's own serves a tenant", async () => {
    const tenant = memoryTransport({ label: "tenant-7" });
    const mailer = createMailer({ transport: memoryTransport() });
    expect((await mailer.send(hello, { transport: tenant })).transport).toBe("tenant-7");
    expect(tenant.sent).toHaveLength(1);
  });

  test("the label is the transport's own, else the key, else the name", async () => {
    const mailer = createMailer({
      use: "key",
      transports: { key: () => memoryTransport(), own: () => memoryTransport({ label: "mine" }) },
    });
    expect((await mailer.send(hello)).transport).toBe("key");
    expect((await mailer.send(hello, { transport: "own" })).transport).toBe("mine");
    expect((await createMailer({ transport: memoryTransport() }).send(hello)).transport).toBe("memory");
  });

  test("an unknown name is a configuration error that lists the names", async () => {
    const transports = { gmail: () => memoryTransport(), relay: () => memoryTransport() };
    expect(() => createMailer({ use: "gmial", transports })).toThrow(
      expect.objectContaining({ code: "configuration", field: "use", hint: expect.stringContaining("gmail, relay") }),
    );
    const mailer = createMailer({ use: "gmail", transports });
    const error = await rejection(mailer.send(hello, { transport: "constructor" as "gmail" }));
    expect(error).toMatchObject({ code: "configuration", field: "transport" });
  });

  test.each([
    [{}, "transports"],
    [{ use: "a", transports: {} }, "transports"],
    [{ transport: "smtp://x" }, "transport"],
    [{ use: "all", transports: { all: () => memoryTransport() } }, "transports.all"],
    [{ transport: memoryTransport(), retries: 3 }, "retries"],
    [{ transport: memoryTransport(), redirectTo: [] }, "redirectTo"],
    [{ transport: memoryTransport(), redirectTo: "nobody" }, "redirectTo"],
    [undefined, "options"],
    [{ transport: memoryTransport(), use: "a" }, "transport"],
    [{ transport: memoryTransport(), logger: {} }, "logger"],
    [{ transport: memoryTransport(), suppressions: {} }, "suppressions"],
    [{ transport: memoryTransport(), onUnsupported: "Drop" }, "onUnsupported"],
    [{ transport: memoryTransport(), defaults: { fromm: "a@b.de" } }, "defaults.fromm"],
  ])("bad options %o name %s", (options, field) => {
    expect(() => createMailer(options as never)).toThrow(expect.objectContaining({ code: "configuration", field }));
  });

  test("a factory's error reaches the caller as it is, and a factory that returns nothing is named", async () => {
    const error = new MailError("apiKey: is missing", { code: "configuration", field: "apiKey" });
    const transports = {
      broken: () => {
        throw error;
      },
      empty: () => undefined as never,
    };
    const mailer = createMailer({ use: "broken", transports });
    expect(await rejection(mailer.send(hello))).toBe(error);
    expect(await rejection(mailer.send(hello, { transport: "empty" }))).toMatchObject({
      code: "configuration",
      field: "transports.empty",
    });
  });
});

describe("the way of a mail", () => {
  test("defaults come before middleware, middleware before the checks", async () => {
    const transport = memoryTransport();
    const mailer = createMailer({
      transport,
      defaults: { from: "a@acme.example", headers: { "X-App": "shop" }, metadata: { env: "test" } },
    });
    mailer
      .use((message) => ({ ...message, subject: `[${message.headers?.["X-App"]}] ${message.subject}` }))
      .use(async (message) => ({ ...message, to: "bob@example.com" }));
    await mailer.send({ to: "not checked yet", subject: "Hi", text: "x", headers: { "x-app": "admin" } });
    await mailer.send({ to: "c@example.com", subject: "Hi", text: "x", from: undefined, metadata: { user: "7" } });
    expect(transport.sent[0]).toMatchObject({
      subject: "[undefined] Hi",
      to: [{ address: "bob@example.com" }],
      headers: { "x-app": "admin" },
    });
    expect(transport.sent[0]?.headers).not.toHaveProperty("X-App");
    expect(transport.sent[1]).toMatchObject({
      subject: "[shop] Hi",
      from: { address: "a@acme.example" },
      metadata: { env: "test", user: "7" },
    });
  });

  test("providerOptions are merged by adapter", async () => {
    const transport = memoryTransport();
    const options = (provider: object) => ({ providerOptions: provider as never });
    const mailer = createMailer({ transport, defaults: options({ ses: { a: 1, b: 1 }, mailgun: { c: 1 } }) });
    await mailer.send({ ...hello, ...options({ ses: { b: 2 } }) });
    expect(transport.sent[0]?.providerOptions).toEqual({ ses: { a: 1, b: 2 }, mailgun: { c: 1 } });
  });

  test("what is no plain object is refused with defaults too", async () => {
    const mailer = createMailer({
      transport: memoryTransport(),
      defaults: { metadata: { a: "1" }, headers: { "X-A": "1" } },
    });
    expect(await rejection(mailer.send({ ...hello, metadata: new Map([["b", "2"]]) as never }))).toMatchObject({
      field: "metadata",
    });
    expect(await rejection(mailer.send({ ...hello, headers: new Headers({ "x-b": "2" }) as never }))).toMatchObject({
      field: "headers",
    });
  });

  test("a middleware that throws stops the mail before it is sent, and says so", async () => {
    const transport = memoryTransport();
    const mailer = createMailer({ transport });
    mailer.use(() => {
      throw new Error("no template");
    });
    expect(await rejection(mailer.send(hello))).toMatchObject({
      code: "unknown",
      scope: "message",
      delivery: "not_sent",
      message: expect.stringContaining("no template"),
    });
    expect(transport.sent).toEqual([]);
  });

  test("suppressed recipients are taken off and told; with nobody left nothing is sent", async () => {
    const transport = memoryTransport();
    const mailer = createMailer({ transport, suppressions: suppress("dead@example.com") });
    const receipt = await mailer.send({ ...hello, cc: "dead@example.com" });
    expect(receipt.accepted).toEqual(["ada@example.com"]);
    expect(receipt.rejected).toMatchObject([
      { address: "dead@example.com", error: { code: "suppressed", scope: "recipient" } },
    ]);
    expect(transport.sent[0]).toMatchObject({ cc: [], envelope: { to: ["ada@example.com"] } });
    expect(await rejection(mailer.send({ ...hello, to: "dead@example.com" }))).toMatchObject({ code: "suppressed" });
    expect(transport.sent).toHaveLength(1);
  });

  test("redirectTo sends everything there and keeps the original recipients in headers", async () => {
    const transport = memoryTransport();
    const mailer = createMailer({ transport, redirectTo: "QA <qa@acme.example>" });
    const receipt = await mailer.send({
      ...hello,
      to: ["Ada <ada@example.com>", "b@example.com"],
      cc: "c@example.com",
      bcc: "d@example.com",
    });
    expect(transport.sent[0]).toMatchObject({
      to: [{ name: "QA", address: "qa@acme.example" }],
      cc: [],
      bcc: [],
      envelope: { to: ["qa@acme.example"] },
      headers: {
        "X-Original-To": "Ada <ada@example.com>, b@example.com",
        "X-Original-Cc": "c@example.com",
        "X-Original-Bcc": "d@example.com",
      },
    });
    expect(receipt.accepted).toEqual(["qa@acme.example"]);
  });

  test("a thousand original recipients do not make a header that providers refuse", async () => {
    const transport = memoryTransport();
    await createMailer({ transport, redirectTo: "qa@acme.example" }).send({
      ...hello,
      to: Array.from({ length: 1000 }, (_, n) => `user${n}@example.com`),
    });
    const header = transport.sent[0]?.headers["X-Original-To"] ?? "";
    expect(header.length).toBeLessThan(950);
    expect(header).toMatch(/, and \d+ more$/);
  });

  test("advisory fields that the transport lacks are left out and told, in the receipt and as an event", async () => {
    const fields: FeatureField[] = ["attachments"];
    const transport = memoryTransport({ features: { fields } });
    const mailer = createMailer({ transport });
    const dropped = vi.fn();
    mailer.on("dropped", dropped);
    const receipt = await mailer.send({
      ...hello,
      tags: ["a"],
      priority: "high",
      tracking: { opens: true },
      metadata: { a: "1" },
    });
    expect(receipt.dropped).toEqual(["metadata", "priority", "tags", "tracking"]);
    expect(dropped).toHaveBeenCalledExactlyOnceWith({ id: receipt.id, transport: "memory", fields: receipt.dropped });
    expect(transport.sent[0]).toMatchObject({ tags: [], metadata: {} });
    expect(Object.keys(transport.sent[0]?.headers ?? {})).toEqual(["X-Mail-Id"]);
  });

  test("essential fields that the transport lacks are refused before it is called", async () => {
    const transport = memoryTransport({ features: { fields: [] } });
    const error = await rejection(
      createMailer({ transport }).send({ ...hello, sendAt: new Date(Date.now() + 60_000), amp: "<html ⚡4email>" }),
    );
    expect(error).toMatchObject({
      code: "unsupported",
      field: "amp, sendAt",
      delivery: "not_sent",
      transport: "memory",
    });
    expect(transport.sent).toEqual([]);
  });

  test("onUnsupported makes both kinds alike", async () => {
    const lacking = () => memoryTransport({ features: { fields: [] } });
    const strict = createMailer({ transport: lacking(), onUnsupported: "error" });
    expect(await rejection(strict.send({ ...hello, tags: ["a"] }))).toMatchObject({
      code: "unsupported",
      field: "tags",
    });
    const lax = createMailer({ transport: lacking(), onUnsupported: "drop" });
    expect((await lax.send({ ...hello, sendAt: new Date(Date.now() + 60_000) })).dropped).toEqual(["sendAt"]);
  });
});

describe("errors and events", () => {
  test("a failing transport gives a MailError with label and attempt, and a failed event", async () => {
    const behaviour = () => {
      throw new MailError("busy", { code: "rate_limited", retryAfterMs: 5 });
    };
    const mailer = createMailer({ use: "relay", transports: { relay: () => memoryTransport({ behaviour }) } });
    const failed = vi.fn();
    mailer.on("failed", failed);
    const error = await rejection(mailer.send(hello));
    expect(error).toMatchObject({
      code: "rate_limited",
      retryable: true,
      retryAfterMs: 5,
      transport: "relay",
      attempts: [{ transport: "relay", error: { code: "rate_limited" } }],
    });
    expect(failed).toHaveBeenCalledExactlyOnceWith({
      id: expect.any(String),
      transport: "relay",
      durationMs: expect.any(Number),
      error,
    });
  });

  test("whatever else a transport throws is unknown, delivery included", async () => {
    const transport = memoryTransport({
      behaviour: () => {
        throw new TypeError("oops");
      },
    });
    expect(await rejection(createMailer({ transport }).send(hello))).toMatchObject({
      code: "unknown",
      delivery: "unknown",
      cause: expect.any(TypeError),
    });
  });

  test("the log says what was sent, left out and failed, without bodies", async () => {
    const lines: string[] = [];
    const write = (level: string) => (fields: object, message: string) =>
      void lines.push(`${level} ${message} ${JSON.stringify(fields)}`);
    const logger = { debug: write("debug"), info: write("info"), warn: write("warn"), error: write("error") };
    const mailer = createMailer({ transport: memoryTransport({ features: { fields: [] } }), logger });
    await mailer.send({ ...hello, text: "one-time password 123456", tags: ["a"] });
    await rejection(mailer.send({ ...hello, text: "one-time password 123456", to: "nobody" }));
    expect(lines.map((line) => line.slice(0, 20))).toEqual([
      "warn Fields were lef",
      'info Mail sent {"mai',
      "error Mail not sent:",
    ]);
    expect(lines.join()).not.toContain("123456");
    expect(lines[2]).toContain('"code":"invalid_recipient"');
  });

  test("the log of a mail that failed names the field at fault, and nothing that is not known", async () => {
    const logger = { debug: vi.fn(), info: vi.fn(), warn: vi.fn(), error: vi.fn() };
    await rejection(createMailer({ transport: memoryTransport(), logger }).send({ ...hello, to: "nobody" }));
    expect(logger.error.mock.lastCall?.[0]).toStrictEqual({
      code: "invalid_recipient",
      delivery: "not_sent",
      field: "to",
      hint: expect.stringContaining("ada@example.com"),
      durationMs: expect.any(Number),
    });
  });

  test("what a handler gives back is nobody's business, so an arrow may push or count", async () => {
    const mailer = createMailer({ transport: memoryTransport() });
    const ids: string[] = [];
    mailer.on("sent", ({ id }) => ids.push(id));
    const { id } = await mailer.send(hello);
    expect(ids).toEqual([id]);
  });

  test("a handler that fails changes nothing, and is logged", async () => {
    const logger = { debug: vi.fn(), info: vi.fn(), warn: vi.fn(), error: vi.fn() };
    const mailer = createMailer({ transport: memoryTransport(), logger });
    mailer.on("sent", () => {
      throw new Error("handler");
    });
    mailer.on("sending", () => Promise.reject(new Error("async handler")));
    const after = vi.fn();
    const off = mailer.on("sent", after);
    await mailer.send(hello);
    expect(after).toHaveBeenCalledOnce();
    expect(logger.error).toHaveBeenCalledTimes(2);
    off();
    await mailer.send(hello);
    expect(after).toHaveBeenCalledOnce();
  });

  test("a signal aborted before the send keeps the transport out of it", async () => {
    const transport = memoryTransport();
    const error = await rejection(createMailer({ transport }).send(hello, { signal: AbortSignal.abort() }));
    expect(error).toMatchObject({ code: "aborted", delivery: "not_sent" });
    expect(transport.sent).toEqual([]);
  });

  test("a signal reaches the transport while it sends", async () => {
    const controller = new AbortController();
    const waiting = Promise.withResolvers<void>();
    const transport = memoryTransport({
      behaviour: async (_mail, { signal }) => {
        waiting.resolve();
        await new Promise((_, reject) => signal.addEventListener("abort", () => reject(abortError(signal))));
      },
    });
    const sending = rejection(createMailer({ transport }).send(hello, { signal: controller.signal }));
    await waiting.promise;
    controller.abort();
    expect(await sending).toMatchObject({ code: "aborted", delivery: "not_sent" });
  });

  test("a transport that throws the signal's reason on, as fetch does, leaves the outcome unknown", async () => {
    const controller = new AbortController();
    const transport = memoryTransport({
      behaviour: async (_mail, { signal }) => {
        controller.abort();
        throw signal.reason;
      },
    });
    const error = await rejection(createMailer({ transport }).send(hello, { signal: controller.signal }));
    expect(error).toMatchObject({ code: "aborted", delivery: "unknown" });
  });

  test("timeoutMs ends a send with timeout, even where the transport does not react", async () => {
    vi.useFakeTimers();
    try {
      const transport = memoryTransport({ behaviour: () => new Promise(() => {}) });
      const sending = rejection(createMailer({ transport }).send(hello, { timeoutMs: 100 }));
      await vi.advanceTimersByTimeAsync(5_000);
      expect(await sending).toMatchObject({ code: "timeout", delivery: "unknown" });
      expect(vi.getTimerCount()).toBe(0);
    } finally {
      vi.useRealTimers();
    }
  });

  test.each([0, -1, Number.NaN])("timeoutMs %d is refused", async (timeoutMs) => {
    expect(await rejection(createMailer({ transport: memoryTransport() }).send(hello, { timeoutMs }))).toMatchObject({
      code: "configuration",
      field: "timeoutMs",
    });
  });
});

describe("what stands beside the transport", () => {
  const never = () => new Promise<never>(() => {});

  test.each([
    ["a middleware", { use: never }],
    ["a suppression list", { suppressions: { find: never } }],
  ])(
    "%s that hangs is given up on in time, and nothing was sent",
    async (_name, { use, suppressions }: { use?: () => Promise<never>; suppressions?: Suppressions }) => {
      const transport = memoryTransport();
      const mailer = createMailer({ transport, suppressions });
      if (use !== undefined) mailer.use(use);
      expect(await rejection(mailer.send(hello, { timeoutMs: 5 }))).toMatchObject({
        code: "timeout",
        delivery: "not_sent",
      });
      expect(transport.sent).toEqual([]);
    },
  );

  test("check and verify are given up on in time too", async () => {
    const mailer = createMailer({ transport: memoryTransport({ verify: never }) });
    const hanging = { ...hello, attachments: [{ filename: "a", content: never }] };
    expect(await mailer.check(hanging, { timeoutMs: 5 })).toMatchObject({ ok: false, errors: [{ code: "timeout" }] });
    expect(await rejection(mailer.verify({ timeoutMs: 5 }))).toMatchObject({ code: "timeout", delivery: "not_sent" });
  });

  test("a suppression list that fails, or a transport that cannot be built, is not_sent", async () => {
    const suppressions = { find: async () => Promise.reject(new Error("redis down")) };
    const failing = createMailer({ transport: memoryTransport(), suppressions });
    expect(await rejection(failing.send(hello))).toMatchObject({ code: "unavailable", delivery: "not_sent" });
    const build = () => {
      throw new TypeError("oops");
    };
    const unbuilt = createMailer({ use: "a", transports: { a: build } });
    expect(await rejection(unbuilt.send(hello))).toMatchObject({
      code: "configuration",
      field: "transports.a",
      delivery: "not_sent",
    });
  });

  test("a logger that throws never fails a mail", async () => {
    const broken = () => {
      throw new Error("disk full");
    };
    const logger = { debug: broken, info: broken, warn: broken, error: broken };
    expect((await createMailer({ transport: memoryTransport(), logger }).send(hello)).status).toBe("sent");
  });

  test("middleware gets a copy: the app's own message stays as it is", async () => {
    const mailer = createMailer({ transport: memoryTransport() });
    mailer.use((message) => Object.assign(message, { subject: `[t] ${message.subject}` }));
    const message = { ...hello, headers: { "X-A": "1" } };
    await mailer.send(message);
    expect(message.subject).toBe("Hi");
  });

  test("closing goes through all transports, whatever one of them does", async () => {
    const other = memoryTransport();
    const broken = { ...memoryTransport(), close: () => Promise.reject(new Error("stuck")) };
    const mailer = createMailer({ use: "broken", transports: { broken: () => broken, other: () => other } });
    await mailer.send(hello);
    await mailer.send(hello, { transport: "other" });
    expect(MailError.is(await rejection(mailer.close()))).toBe(true);
    expect(other.closed()).toBe(1);
  });
});

describe("check and verify", () => {
  test("check says what would go wrong, for one transport or for all, and sends nothing", async () => {
    const full = memoryTransport();
    const poor = memoryTransport({ features: { fields: [] } });
    const mailer = createMailer({ use: "full", transports: { full: () => full, poor: () => poor } });
    const message = { ...hello, tags: ["a"], sendAt: new Date(Date.now() + 60_000) };
    expect(await mailer.check(message)).toEqual({ transport: "full", ok: true, errors: [], dropped: [] });
    const results = await mailer.check(message, { transport: "all" });
    expect(results).toMatchObject([
      { transport: "full", ok: true },
      { transport: "poor", ok: false, errors: [{ code: "unsupported", field: "sendAt" }] },
    ]);
    expect(await mailer.check({ ...hello, to: "nobody" })).toMatchObject({
      ok: false,
      errors: [{ code: "invalid_recipient", field: "to" }],
    });
    expect([...full.sent, ...poor.sent]).toEqual([]);
  });

  test("check asks the transport what its provider would refuse, and leaves bare streams unread", async () => {
    const check = async ({ subject, attachments }: PreparedMessage) => {
      for (const attachment of attachments) await attachment.bytes();
      if (subject === "bad")
        throw new MailError("providerOptions.x: is unknown", { code: "invalid_message", field: "providerOptions.x" });
    };
    const mailer = createMailer({ transport: failover([memoryTransport({ check })]) });
    const message = { ...hello, attachments: [{ filename: "a", content: new Blob(["x"]).stream() }] };
    expect(await mailer.check({ ...message, subject: "bad" })).toMatchObject({
      ok: false,
      errors: [{ field: "providerOptions.x" }],
    });
    expect(await mailer.check(message)).toMatchObject({ ok: true, errors: [] });
    expect((await mailer.send(message)).status).toBe("sent");
  });

  test("check finds a file that is not there", async () => {
    const { file } = await import("./file.ts");
    const result = await createMailer({ transport: memoryTransport() }).check({
      ...hello,
      attachments: [file("/nowhere/report.pdf")],
    });
    expect(result).toMatchObject({ ok: false, errors: [{ code: "invalid_message", field: "attachments[0].content" }] });
  });

  test("verify throws for one transport and reports for all", async () => {
    const verify = () => Promise.reject(new MailError("bad key", { code: "authentication" }));
    const mailer = createMailer({
      use: "good",
      transports: {
        good: () => memoryTransport({ verify: async () => {} }),
        bad: () => memoryTransport({ verify }),
        unbuilt: () => {
          throw new MailError("apiKey: is missing", { code: "configuration", field: "apiKey" });
        },
      },
    });
    await mailer.verify();
    expect(await rejection(mailer.verify({ transport: "bad" }))).toMatchObject({
      code: "authentication",
      transport: "bad",
    });
    expect(await mailer.verify({ transport: "all" })).toMatchObject([
      { transport: "good", ok: true },
      { transport: "bad", ok: false, error: { code: "authentication" } },
      { transport: "unbuilt", ok: false, error: { code: "configuration" } },
    ]);
  });
});

describe("closing", () => {
  test("waits for sends in flight, closes what was built, then refuses", async () => {
    const gate = Promise.withResolvers<void>();
    const used = memoryTransport({ behaviour: () => gate.promise });
    const unused = vi.fn(() => memoryTransport());
    const mailer = createMailer({ use: "used", transports: { used: () => used, unused } });
    const sending = mailer.send(hello);
    const closing = mailer.close();
    expect(await rejection(mailer.send(hello))).toMatchObject({ code: "configuration", field: "mailer" });
    expect(used.closed()).toBe(0);
    gate.resolve();
    await Promise.all([sending, closing, mailer.close()]);
    expect(used.closed()).toBe(1);
    expect(unused).not.toHaveBeenCalled();
  });

  test("await using closes the mailer", async () => {
    const transport = memoryTransport();
    {
      await using mailer = createMailer({ transport });
      await mailer.send(hello);
    }
    expect(transport.closed()).toBe(1);
  });
});
