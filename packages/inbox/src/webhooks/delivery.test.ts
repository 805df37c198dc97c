import { describe, expect, test, vi } from "vitest";
import type { Via } from "../caught-mail.ts";
import type { WebhookAction } from "../webhook.ts";
import { deafUrl, webhookTarget } from "./webhook-target.fixture.ts";
import { caughtBy, testWebhooks } from "./webhooks.fixture.ts";

const soon = { sendgrid: [1, 1], mailgun: [1, 1], ses: [1, 1], smtp: [1] };
const never = { sendgrid: [3_600_000], mailgun: [3_600_000], ses: [3_600_000] };

describe("retries", () => {
  test.each<[Via, WebhookAction, readonly number[], "delivered" | "failed", number]>([
    ["sendgrid", "deliver", [500, 404], "delivered", 3],
    ["sendgrid", "deliver", [500, 406, 302], "failed", 3],
    ["mailgun", "open", [500, 404], "delivered", 3],
    ["mailgun", "open", [500, 406], "failed", 2],
    ["mailgun", "deliver", [500], "failed", 1],
    ["ses", "open", [503, 429], "delivered", 3],
    ["ses", "open", [404], "failed", 1],
    ["ses", "open", [500, 500, 500], "failed", 3],
  ])("%s, %s, answers %j: %s after %i attempts", async (via, action, statuses, state, attempts) => {
    await using target = await webhookTarget(...statuses);
    await using webhooks = await testWebhooks({ retryDelaysMs: soon });
    const { id } = await webhooks.fire(caughtBy(via), action, { url: target.url });
    await expect.poll(() => webhooks.log()).toMatchObject([{ id, state }]);
    expect(webhooks.log()[0]?.attempts.map(({ status }) => status)).toEqual([...statuses, 200].slice(0, attempts));
    expect(new Set(target.posts.map(({ rawBody }) => rawBody.toString())).size).toBe(1);
    expect(new Set(target.posts.map(({ headers }) => JSON.stringify(headers))).size).toBe(1);
  });

  test("what waits for a retry is pending, and is not tried again after closing", async () => {
    await using target = await webhookTarget(500);
    await using webhooks = await testWebhooks({ targets: { sendgrid: target.url }, retryDelaysMs: never });
    expect(await webhooks.fire(caughtBy("sendgrid"), "open")).toMatchObject({ state: "pending" });
    await webhooks.close();
    expect(webhooks.log()).toMatchObject([{ state: "failed" }]);
    expect(target.posts).toHaveLength(1);
    await expect(webhooks.fire(caughtBy("sendgrid"), "open")).rejects.toThrow("closed");
    await expect(webhooks.replay(webhooks.log()[0]?.id ?? "")).rejects.toThrow("closed");
  });

  test("a pending retry does not keep the process alive", async () => {
    await using target = await webhookTarget(500);
    const timers = vi.spyOn(globalThis, "setTimeout");
    await using webhooks = await testWebhooks({ targets: { sendgrid: target.url }, retryDelaysMs: never });
    await webhooks.fire(caughtBy("sendgrid"), "open");
    const retry = timers.mock.calls.findIndex(([, delayMs]) => delayMs === 3_600_000);
    const timer = timers.mock.results[retry]?.value as NodeJS.Timeout | undefined;
    timers.mockRestore();
    expect(timer?.hasRef()).toBe(false);
  });
});

describe("one attempt", () => {
  test("is cut off by the time limit", async () => {
    await using target = await webhookTarget(() => {});
    await using webhooks = await testWebhooks({ timeoutMs: 20, retryDelaysMs: never });
    const delivery = await webhooks.fire(caughtBy("sendgrid"), "open", { url: target.url });
    expect(delivery).toMatchObject({ state: "pending", attempts: [{ error: "no answer within 20 ms" }] });
    expect(delivery.attempts[0]).not.toHaveProperty("status");
  });

  test("is cut off by closing", async () => {
    await using target = await webhookTarget(() => {});
    await using webhooks = await testWebhooks({ targets: { sendgrid: target.url } });
    const firing = webhooks.fire(caughtBy("sendgrid"), "open");
    await target.post(1);
    await webhooks.close();
    expect(await firing).toMatchObject({ state: "failed", attempts: [{ error: "the inbox was closed" }] });
  });

  test("tells why there was no answer", async () => {
    const url = await deafUrl();
    await using webhooks = await testWebhooks({ retryDelaysMs: never });
    const delivery = await webhooks.fire(caughtBy("mailgun"), "open", { url });
    expect(delivery).toMatchObject({ url, attempts: [{ error: expect.stringContaining("ECONNREFUSED") }] });
  });

  test("follows no redirect", async () => {
    await using other = await webhookTarget();
    await using target = await webhookTarget((response) => response.writeHead(307, { location: other.url }).end());
    await using webhooks = await testWebhooks({ retryDelaysMs: never });
    const delivery = await webhooks.fire(caughtBy("sendgrid"), "open", { url: target.url });
    expect(delivery).toMatchObject({ state: "pending", attempts: [{ status: 307, error: "answered 307" }] });
    expect(other.posts).toEqual([]);
  });

  test("sends the login of an address as Basic, and the log does not show it", async () => {
    await using target = await webhookTarget();
    const url = target.url.replace("//", "//ada:s%40cret@");
    await using webhooks = await testWebhooks({ targets: { mailgun: url } });
    const delivery = await webhooks.fire(caughtBy("mailgun"), "open");
    const { headers } = await target.post(1);
    expect(headers.authorization).toBe(`Basic ${Buffer.from("ada:s@cret").toString("base64")}`);
    expect(delivery.url).toBe(target.url);
    expect(JSON.stringify(delivery)).not.toMatch(/s%40cret|authorization/i);
  });
});

describe("the log", () => {
  test("is newest first, and can be asked for one mail", async () => {
    await using target = await webhookTarget();
    await using webhooks = await testWebhooks({ targets: { sendgrid: target.url, mailgun: target.url } });
    await webhooks.fire(caughtBy("sendgrid", { id: "one" }), "deliver");
    await webhooks.fire(caughtBy("mailgun", { id: "two" }), "open");
    await webhooks.fire(caughtBy("sendgrid", { id: "one" }), "click");
    expect(webhooks.log().map(({ mailId, action }) => [mailId, action])).toEqual([
      ["one", "click"],
      ["two", "open"],
      ["one", "deliver"],
    ]);
    expect(webhooks.log("two").map(({ action }) => action)).toEqual(["open"]);
  });

  test("keeps no more than it may; what left it is not tried again", async () => {
    await using target = await webhookTarget(500);
    await using webhooks = await testWebhooks({
      targets: { sendgrid: target.url },
      maxDeliveries: 2,
      retryDelaysMs: never,
    });
    const { id } = await webhooks.fire(caughtBy("sendgrid"), "open");
    await webhooks.fire(caughtBy("sendgrid"), "open");
    await webhooks.fire(caughtBy("sendgrid"), "open");
    expect(webhooks.log().map((delivery) => delivery.id)).toEqual(["webhook-3", "webhook-2"]);
    await expect(webhooks.replay(id)).rejects.toThrow('There is no webhook "webhook-1"');
  });

  test("a replay takes the place of a pending retry, and starts its schedule anew", async () => {
    await using target = await webhookTarget(500, 500);
    await using webhooks = await testWebhooks({ targets: { sendgrid: target.url }, retryDelaysMs: never });
    const { id } = await webhooks.fire(caughtBy("sendgrid"), "open");
    expect(await webhooks.replay(id)).toMatchObject({ state: "pending", attempts: [{ status: 500 }, { status: 500 }] });
    expect(await webhooks.replay(id)).toMatchObject({ state: "delivered", attempts: [{}, {}, { status: 200 }] });
    expect(webhooks.log()).toHaveLength(1);
  });

  test("replays at the same time come one after the other", async () => {
    await using target = await webhookTarget();
    await using webhooks = await testWebhooks({ targets: { sendgrid: target.url } });
    const { id } = await webhooks.fire(caughtBy("sendgrid"), "open");
    await Promise.all([webhooks.replay(id), webhooks.replay(id)]);
    expect(webhooks.log()).toMatchObject([{ state: "delivered", attempts: [{}, {}, {}] }]);
  });
});

describe("what cannot be fired", () => {
  test.each<Via>(["sendgrid", "mailgun", "ses", "smtp"])("%s without a target", async (via) => {
    await using webhooks = await testWebhooks();
    await expect(webhooks.fire(caughtBy(via), "hard_bounce")).rejects.toThrow(`${via}: there is no target`);
  });

  test.each(["ftp://127.0.0.1/", "file:///etc/passwd", "smtp://127.0.0.1", "127.0.0.1:3000", "http://a:%zz@b/"])(
    "to %s",
    async (url) => {
      await using webhooks = await testWebhooks();
      await expect(webhooks.fire(caughtBy("sendgrid"), "open", { url })).rejects.toMatchObject({ field: "url" });
      expect(() => webhooks.setTargets({ ses: url })).toThrow(expect.objectContaining({ field: "targets.ses" }));
      expect(webhooks.targets()).toEqual({});
    },
  );

  test("about somebody to whom the mail did not go", async () => {
    await using webhooks = await testWebhooks({ targets: { sendgrid: "http://127.0.0.1:9/" } });
    await expect(webhooks.fire(caughtBy("sendgrid"), "open", { recipient: "eve@example.com" })).rejects.toThrow(
      'recipient: "eve@example.com" is none of ada@example.com.',
    );
  });

  test("by a detail or an action that the provider does not have", async () => {
    await using webhooks = await testWebhooks({ targets: { sendgrid: "http://127.0.0.1:9/" } });
    const fire = (action: string, detail: string) =>
      webhooks.fire(caughtBy("sendgrid"), action as WebhookAction, { detail });
    await expect(fire("soft_bounce", "greylisted")).rejects.toThrow("but blocked, blocked-by-policy, deferred");
    await expect(fire("deliver", "constructor")).rejects.toThrow("detail: sendgrid has no");
    await expect(fire("constructor", "x")).rejects.toThrow("action:");
    expect(webhooks.log()).toEqual([]);
  });

  test("to a provider that is not one of ours", async () => {
    await using webhooks = await testWebhooks();
    const targets: object = { postmark: "http://127.0.0.1:3000/" };
    expect(() => webhooks.setTargets(targets)).toThrow(expect.objectContaining({ field: "targets.postmark" }));
  });
});
