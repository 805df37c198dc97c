import { describe, expect, test } from "vitest";
import { createMailer } from "./create-mailer.ts";
import { failover } from "./failover.ts";
import { silentLogger } from "./logger.ts";
import { MailError } from "./mail-error.ts";
import type { Mailer, SendOptions } from "./mailer.ts";
import type { MailerEventName } from "./mailer-events.ts";
import { hello, type MemoryOptions, memoryTransport } from "./memory-transport.fixture.ts";
import { rateLimit } from "./rate-limit.ts";
import type { Receipt } from "./receipt.ts";
import { retry } from "./retry.ts";
import type { SendRun } from "./send-run.ts";

type Send = (mailer: Mailer, options?: SendOptions) => Promise<readonly (Receipt | MailError)[]>;

const { to, ...template } = hello;
const collect = async (run: SendRun): Promise<readonly (Receipt | MailError)[]> => {
  const results: (Receipt | MailError)[] = [];
  for await (const outcome of run) results.push(outcome.ok ? outcome.receipt : outcome.error);
  return results;
};
const batch = { recipients: 100, bytes: 100_000 };

/** Every way into the mailer, each with the same mail. */
const entryPoints: readonly (readonly [name: string, batches: boolean, send: Send])[] = [
  ["send", false, async (mailer, options) => [await mailer.send(hello, options).catch((error: MailError) => error)]],
  ["sendMany", false, (mailer, options) => collect(mailer.sendMany([hello], options))],
  ["sendBulk", false, (mailer, options) => collect(mailer.sendBulk(template, [{ to }], options))],
  ["sendBulk in batches", true, (mailer, options) => collect(mailer.sendBulk(template, [{ to }], options))],
];

describe.each(entryPoints)("%s", (_name, batches, send) => {
  const transport = (behaviour?: MemoryOptions["behaviour"]) =>
    memoryTransport({ name: "relay", ...(batches && { features: { batch } }), ...(behaviour && { behaviour }) });

  test("asks the suppression list", async () => {
    const relay = transport();
    const suppressions = { find: async () => [{ address: to, reason: "bounced" }] };
    const [error] = await send(createMailer({ transport: relay, suppressions }));
    expect(error).toMatchObject({ code: "suppressed" });
    expect(relay.sent).toEqual([]);
  });

  test("sends past the suppression list where it is told to, without asking it, and logs that", async () => {
    const relay = transport();
    const warnings: unknown[] = [];
    const logger = { ...silentLogger, warn: (fields: object, text: string) => void warnings.push([fields, text]) };
    const suppressions = { find: () => Promise.reject(new Error("away")) };
    const mailer = createMailer({ transport: relay, suppressions, logger });
    const [receipt] = await send(mailer, { suppressions: "ignore" });
    expect(receipt).toMatchObject({ status: "sent", accepted: [to] });
    expect(warnings).toEqual([[{ mailId: relay.sent[0]?.id }, expect.stringContaining("suppression list")]]);
    expect(await send(mailer, { suppressions: "apply" })).toMatchObject([{ code: "unavailable" }]);
  });

  test("runs defaults and middleware, and refuses what is wrong with the message", async () => {
    const relay = transport();
    const mailer = createMailer({ transport: relay, defaults: { tags: ["a"] } });
    mailer.use((message) => ({ ...message, text: `${message.text}!` }));
    await send(mailer);
    expect(relay.sent).toMatchObject([{ tags: ["a"], text: "Hello!" }]);
    mailer.use((message) => ({ ...message, headers: { "X-A": "a\r\nBcc: evil@example.com" } }));
    await send(mailer).catch(() => undefined);
    expect(relay.sent).toHaveLength(1);
  });

  test("redirects", async () => {
    const relay = transport();
    await send(createMailer({ transport: relay, redirectTo: "staging@acme.example" }));
    expect(relay.sent[0]?.envelope.to).toEqual(["staging@acme.example"]);
  });

  test("keeps to limits and goes through retry and failover, with the same events", async () => {
    let failures = 2;
    const relay = transport(() => {
      if (failures-- > 0) throw new MailError("down", { code: "unavailable" });
    });
    let waits = 1;
    const store = { limits: { take: async () => (waits-- > 0 ? 1 : 0), pause: async () => undefined } };
    const limited = rateLimit(relay, { max: 5, store });
    const other = { ...transport(() => Promise.reject(new MailError("no", { code: "tls" }))), name: "other" };
    const mailer = createMailer({ transport: failover([other, retry(limited, { backoff: { initialMs: 0 } })]) });
    const events: MailerEventName[] = [];
    for (const name of ["sending", "failedOver", "throttled", "retrying", "sent", "failed"] as const)
      mailer.on(name, () => void events.push(name));
    const [receipt] = await send(mailer);
    expect(receipt).toMatchObject({
      transport: "relay",
      attempts: [
        { transport: "other", error: { code: "tls" } },
        { transport: "relay", error: { code: "unavailable" } },
        { transport: "relay", error: { code: "unavailable" } },
        { transport: "relay" },
      ],
    });
    expect(events).toEqual(["sending", "failedOver", "throttled", "retrying", "retrying", "sent"]);
  });

  test("handlers and loggers that fail never turn a mail that was sent into a failed one", async () => {
    const broken = (): never => {
      throw new Error("broken");
    };
    let failures = 1;
    const relay = transport(() => {
      if (failures-- > 0) throw new MailError("down", { code: "unavailable" });
    });
    const logger = { debug: broken, info: broken, warn: broken, error: broken };
    const mailer = createMailer({ transport: failover([retry(relay, { backoff: { initialMs: 0 } })]), logger });
    for (const name of ["sending", "retrying", "sent", "failed"] as const) {
      mailer.on(name, broken);
      mailer.on(name, () => Promise.reject(new Error("broken later")));
    }
    expect(await send(mailer)).toMatchObject([{ status: "sent" }]);
  });
});
