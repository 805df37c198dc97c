import { inspect } from "node:util";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import type { BatchRequest } from "./batch.ts";
import { misconfigured } from "./configuration-error.ts";
import { type AdapterSession, defineAdapter, urlParts } from "./define-adapter.ts";
import { allFields } from "./features.ts";
import { silentLogger } from "./logger.ts";
import { MailError } from "./mail-error.ts";
import { hello, rejection } from "./memory-transport.fixture.ts";
import { timeLimitRule } from "./option-rules.ts";
import { prepareMessage } from "./prepare-message.ts";
import type { TransportReceipt } from "./receipt.ts";

interface PostOptions {
  readonly apiKey: string;
  readonly host?: string | undefined;
  readonly port?: number | undefined;
  readonly waitMs?: number | undefined;
  readonly region?: "eu" | "us" | undefined;
  readonly pool?: boolean | undefined;
  readonly secure?: boolean | string | undefined;
  readonly tls?: object | undefined;
  readonly names?: readonly string[] | undefined;
  readonly fetch?: ((url: string) => unknown) | undefined;
}

const secret = "SG.s3cret-/+key?";
const sent: TransportReceipt = { status: "sent", accepted: ["ada@example.com"], rejected: [] };
const mail = prepareMessage(hello);
const context = (signal: AbortSignal = new AbortController().signal) => ({ signal, log: silentLogger });
const batch = { mail: {}, recipients: [] } as unknown as BatchRequest;

function adapterOf(session: Partial<AdapterSession> = {}, created: (options: PostOptions) => void = () => undefined) {
  return defineAdapter<PostOptions>({
    name: "post",
    schemes: ["post", "posts"],
    rules: {
      apiKey: { type: "string", required: true },
      host: { type: "string" },
      port: { type: "integer", min: 1, max: 65_535 },
      waitMs: timeLimitRule,
      region: { type: "string", oneOf: ["eu", "us"] },
      pool: { type: "boolean" },
      secure: { type: ["boolean", "string"] },
      tls: { type: "object" },
      names: { type: "array" },
      fetch: { type: "function" },
    },
    optionsFromUrl: (url) => ({ apiKey: urlParts(url).user, host: urlParts(url).host, port: urlParts(url).port }),
    secrets: ({ apiKey }) => [apiKey, undefined],
    features: { fields: allFields },
    create(options) {
      created(options);
      return { send: async () => sent, ...session };
    },
  });
}

const thrownBy = (work: () => unknown): unknown => {
  try {
    return work();
  } catch (error) {
    return error;
  }
};

describe("options", () => {
  test.each([
    [undefined, "options"],
    [null, "options"],
    [secret, "options"],
    [{}, "apiKey"],
    [{ apiKey: "" }, "apiKey"],
    [{ apiKey: " " }, "apiKey"],
    [{ apiKey: undefined }, "apiKey"],
    [{ apiKey: null }, "apiKey"],
    [{ apiKey: 5 }, "apiKey"],
    [{ apiKey: "a\r\nX-Evil: 1" }, "apiKey"],
    [{ apiKey: secret, apikey: secret }, "apikey"],
    [{ apiKey: secret, constructor: 1 }, "constructor"],
    [{ apiKey: secret, port: 0 }, "port"],
    [{ apiKey: secret, port: 1.5 }, "port"],
    [{ apiKey: secret, port: 65_536 }, "port"],
    [{ apiKey: secret, waitMs: 0 }, "waitMs"],
    [{ apiKey: secret, waitMs: 2 ** 31 }, "waitMs"],
    [{ apiKey: secret, port: "25" }, "port"],
    [{ apiKey: secret, port: Number.NaN }, "port"],
    [{ apiKey: secret, host: null }, "host"],
    [{ apiKey: secret, region: "moon" }, "region"],
    [{ apiKey: secret, pool: "yes" }, "pool"],
    [{ apiKey: secret, secure: 1 }, "secure"],
    [{ apiKey: secret, tls: [] }, "tls"],
    [{ apiKey: secret, names: "a" }, "names"],
    [{ apiKey: secret, fetch: {} }, "fetch"],
    [{ apiKey: secret, label: "" }, "label"],
  ])("%o are refused naming %s", (options, field) => {
    const error = thrownBy(() => adapterOf()(options as never));
    expect(error).toMatchObject({ name: "MailError", code: "configuration", field, hint: expect.any(String) });
    expect(inspect(error)).not.toContain(secret);
  });

  test("reach the adapter frozen, and later changes of the caller's object do not", () => {
    const created = vi.fn();
    const options = { apiKey: secret, secure: "starttls", label: "mine", pool: undefined };
    const transport = adapterOf({}, created)(options);
    options.apiKey = "other";
    expect(created).toHaveBeenCalledExactlyOnceWith(expect.objectContaining({ apiKey: secret, secure: "starttls" }));
    expect(Object.isFrozen(created.mock.calls[0]?.[0])).toBe(true);
    expect(transport).toMatchObject({ name: "post", label: "mine", features: { fields: allFields } });
  });

  test("that the adapter itself finds wrong are named without secrets", () => {
    const refuse = () => {
      throw misconfigured("apiKey", `${secret} is expired`, `Replace ${secret}.`);
    };
    const error = thrownBy(() => adapterOf({}, refuse)({ apiKey: secret }));
    expect(error).toMatchObject({ code: "configuration", field: "apiKey", message: "apiKey: *** is expired" });
    expect(inspect(error, { depth: 9, showHidden: true })).not.toContain(secret);
  });
});

describe("a URL", () => {
  const read = (url: unknown): PostOptions | undefined => {
    const created = vi.fn<(options: PostOptions) => void>();
    adapterOf({}, created).fromUrl(url as string);
    return created.mock.calls[0]?.[0];
  };

  test.each<[string | URL, object]>([
    ["post://KEY@host", { apiKey: "KEY", host: "host" }],
    [
      "posts://KEY@host:25?region=eu&pool=false&secure=true",
      { apiKey: "KEY", host: "host", port: 25, region: "eu", pool: false, secure: true },
    ],
    [
      `post://${encodeURIComponent(secret)}@host?secure=starttls&label=a`,
      { apiKey: secret, host: "host", secure: "starttls", label: "a" },
    ],
    [new URL("post://KEY@host?port=7"), { apiKey: "KEY", host: "host", port: 7 }],
    ["post://KEY@[::1]:25", { apiKey: "KEY", host: "[::1]", port: 25 }],
  ])("%s gives options", (url, options) => {
    expect(read(url)).toEqual(options);
  });

  test.each([
    [undefined, "url"],
    [null, "url"],
    ["", "url"],
    [5, "url"],
    [{}, "url"],
    ["host:25", "url"],
    ["KEY@host", "url"],
    ["smtp://KEY@host", "url"],
    ["post://KEY:pa@ss:word@host:port", "url"],
    ["post://KEY%zz@host", "url"],
    ["post://host", "apiKey"],
    ["post://KEY@host?regoin=eu", "regoin"],
    ["post://KEY@host?tls=x", "tls"],
    ["post://KEY@host?names=x", "names"],
    ["post://KEY@host?constructor=x", "constructor"],
    ["post://KEY@host?__proto__=x", "__proto__"],
    ["post://KEY@host?pool=yes", "pool"],
    ["post://KEY@host?port=x", "port"],
    ["post://KEY@host?port=-1", "port"],
    ["post://KEY@host?region=eu&region=us", "region"],
    ["post://KEY@host?region=", "region"],
    ["post://KEY@host?label=", "label"],
  ])("%s is refused naming %s", (url, field) => {
    expect(thrownBy(() => read(url))).toMatchObject({ name: "MailError", code: "configuration", field });
  });

  test.each(["post://user:12/s3cret@host", "post://user:12?s3cret@host", "post://user:12#s3cret@host"])(
    "with a character in the password that ends it is refused without showing the rest: %s",
    (url) => {
      const error = thrownBy(() => read(url));
      expect(error).toMatchObject({ code: "configuration", field: "url", hint: expect.stringContaining("encode") });
      expect(inspect(error)).not.toContain("s3cret");
    },
  );
});

describe("a transport", () => {
  test("has verify and sendBatch only where the adapter has them", () => {
    expect(adapterOf()({ apiKey: secret })).not.toHaveProperty("verify");
    expect(adapterOf()({ apiKey: secret })).not.toHaveProperty("sendBatch");
    const full = adapterOf({ verify: async () => undefined, sendBatch: async () => [] })({ apiKey: secret });
    expect([typeof full.verify, typeof full.sendBatch]).toEqual(["function", "function"]);
  });

  test("shows no secret when it is inspected or written as JSON", () => {
    const transport = adapterOf()({ apiKey: secret });
    expect(inspect(transport, { depth: 9, showHidden: true }) + JSON.stringify(transport)).not.toContain(secret);
  });

  test("does nothing for a signal that is aborted already", async () => {
    const [send, sendBatch, verify] = [vi.fn(), vi.fn(), vi.fn()];
    const transport = adapterOf({ send, sendBatch, verify })({ apiKey: secret });
    const aborted = context(AbortSignal.abort());
    for (const work of [
      transport.send(mail, aborted),
      transport.sendBatch?.(batch, aborted),
      transport.verify?.(aborted),
    ])
      expect(await rejection(work as Promise<unknown>)).toMatchObject({ code: "aborted", delivery: "not_sent" });
    expect([send, sendBatch, verify].flatMap(({ mock }) => mock.calls)).toEqual([]);
  });

  test("lets close wait for what is in flight, closes once, and refuses afterwards", async () => {
    const { promise, resolve } = Promise.withResolvers<TransportReceipt>();
    const order: string[] = [];
    const close = vi.fn(async () => void order.push("closed"));
    const transport = adapterOf({ send: () => promise, verify: async () => undefined, close })({ apiKey: secret });
    const sending = transport.send(mail, context()).then(() => order.push("sent"));
    const closing = [transport.close?.(), transport.close?.()];
    expect(await rejection(transport.send(mail, context()))).toMatchObject({
      code: "configuration",
      delivery: "not_sent",
      message: expect.stringContaining("post is closed"),
    });
    expect(await rejection(transport.verify?.(context()) as Promise<void>)).toMatchObject({ code: "configuration" });
    expect(close).not.toHaveBeenCalled();
    resolve(sent);
    await Promise.all([sending, ...closing]);
    expect(order).toEqual(["sent", "closed"]);
    expect(close).toHaveBeenCalledOnce();
  });

  test("gives up on work that does not heed the signal, so that close ends a little after the abort", async () => {
    vi.useFakeTimers();
    onTestFinished(() => void vi.useRealTimers());
    const close = vi.fn(async () => undefined);
    const transport = adapterOf({ send: () => new Promise(() => undefined), close })({ apiKey: secret });
    const controller = new AbortController();
    const sending = rejection(transport.send(mail, context(controller.signal)));
    const closing = transport.close?.();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(close).not.toHaveBeenCalled();
    controller.abort();
    await vi.runAllTimersAsync();
    expect(await sending).toMatchObject({ code: "aborted", delivery: "unknown" });
    await closing;
    expect(close).toHaveBeenCalledOnce();
  });

  test("closes after a send that failed, too", async () => {
    const close = vi.fn(async () => undefined);
    const transport = adapterOf({ send: () => Promise.reject(new Error("x")), close })({ apiKey: secret });
    const sending = rejection(transport.send(mail, context()));
    await transport.close?.();
    expect(close).toHaveBeenCalledOnce();
    expect(await sending).toBeInstanceOf(MailError);
  });
});

describe("no secret is in what a transport says", () => {
  const leak = new Error(`401 for Bearer ${secret}`, { cause: { headers: { authorization: secret } } });
  const shown = (value: unknown): string => inspect(value, { depth: 20, showHidden: true });

  test.each<[string, Partial<AdapterSession>]>([
    ["a send that rejects", { send: () => Promise.reject(leak) }],
    [
      "a send that throws at once",
      {
        send: () => {
          throw leak;
        },
      },
    ],
    ["a batch that rejects", { sendBatch: () => Promise.reject(leak) }],
    [
      "a batch that throws at once",
      {
        sendBatch: () => {
          throw leak;
        },
      },
    ],
    ["a check that rejects", { check: () => Promise.reject(leak) }],
    ["a verify that rejects", { verify: () => Promise.reject(leak) }],
    [
      "a verify that throws at once",
      {
        verify: () => {
          throw leak;
        },
      },
    ],
    ["a sendRate that rejects", { sendRate: () => Promise.reject(leak) }],
    ["a close that rejects", { close: () => Promise.reject(leak) }],
    [
      "a close that throws at once",
      {
        close: () => {
          throw leak;
        },
      },
    ],
  ])("%s", async (_, session) => {
    const transport = adapterOf(session)({ apiKey: secret });
    // `fitsBatch` does no I/O, and whoever asks it takes a throw for a no.
    type Method = Exclude<keyof AdapterSession, "fitsBatch">;
    const method = Object.keys(session)[0] as Method;
    const work: Record<Method, () => Promise<unknown> | undefined> = {
      send: () => transport.send(mail, context()),
      sendBatch: () => transport.sendBatch?.(batch, context()),
      check: () => transport.check?.(mail, context()),
      verify: () => transport.verify?.(context()),
      sendRate: () => transport.sendRate?.(context()),
      close: () => transport.close?.(),
    };
    const error = await rejection(work[method]() as Promise<unknown>);
    expect(error).toMatchObject({ name: "MailError", code: "unknown", message: expect.stringContaining("***") });
    expect(shown(error)).not.toContain(secret);
  });

  test("nor in the errors of single recipients", async () => {
    const error = new MailError(`550 ${secret}`, { code: "recipient_rejected", cause: leak });
    const receipt = { ...sent, rejected: [{ address: "b@x.example", error }] };
    const transport = adapterOf({
      send: async () => receipt,
      sendBatch: async () => [
        { id: "1", ok: false, error },
        { id: "2", ok: true, receipt },
      ],
    })({ apiKey: secret });
    const answers = [await transport.send(mail, context()), await transport.sendBatch?.(batch, context())];
    expect(shown(answers)).not.toContain(secret);
    expect(answers[0]).toMatchObject({ rejected: [{ address: "b@x.example", error: { message: "550 ***" } }] });
    expect(answers[1]).toMatchObject([
      { id: "1", ok: false, error: { code: "recipient_rejected" } },
      { id: "2", ok: true },
    ]);
  });
});
