import { readFileSync } from "node:fs";
import { MailError } from "@mail/core";
import { describe, expect, test, vi } from "vitest";
import type { ConfirmSubscription } from "./events/confirm-subscription.ts";
import type { SesEventsOptions } from "./events/ses-events-options.ts";
import {
  confirmation,
  notification,
  post,
  refused,
  signed,
  signer,
  snsServer,
  subscribeUrl,
  topicArn,
} from "./events/sns.fixture.ts";
import { sesEvents, sesEventsThrough } from "./ses-events.ts";

const sns = await signer();
const open = { eventType: "Open", open: {}, mail: { messageId: "0102-a", destination: ["ada@example.com"] } };

const source = (options: Partial<SesEventsOptions> = {}) =>
  sesEvents({ topicArns: [topicArn], fetchCertificate: () => sns.pem, ...options });

function testLogger() {
  return { debug: vi.fn(), info: vi.fn(), warn: vi.fn(), error: vi.fn() };
}

describe("options", () => {
  test.each<[string, unknown, string]>([
    ["none", undefined, "options"],
    ["no topics", {}, "topicArns"],
    ["an empty list", { topicArns: [] }, "topicArns"],
    ["a topic alone", { topicArns: topicArn }, "topicArns"],
    ["a text that is no ARN", { topicArns: [topicArn, "mail"] }, "topicArns[1]"],
    ["an ARN of a subscription", { topicArns: [`${topicArn}:2bcfbf39-05c3-41de-beaa-fcfcc21c8f55`] }, "topicArns[0]"],
    ["an ARN of a queue", { topicArns: ["arn:aws:sqs:eu-west-1:123456789012:mail"] }, "topicArns[0]"],
    ["a missing variable", { topicArns: [undefined] }, "topicArns[0]"],
    ["an age in words", { topicArns: [topicArn], maxAgeMs: "1h" }, "maxAgeMs"],
    ["no age", { topicArns: [topicArn], maxAgeMs: 0 }, "maxAgeMs"],
    ["a confirmation in words", { topicArns: [topicArn], confirm: "yes" }, "confirm"],
    ["a time that no timer can wait", { topicArns: [topicArn], timeoutMs: 2 ** 31 }, "timeoutMs"],
    ["an unknown one", { topicArns: [topicArn], topics: [] }, "topics"],
  ])("with %s are refused", (_, options, field) => {
    expect(() => sesEvents(options as SesEventsOptions)).toThrow(
      expect.objectContaining({ code: "configuration", field }),
    );
  });
});

describe("a message signed by other software", () => {
  const { certificate, vectors } = JSON.parse(
    readFileSync(new URL("events/sns-vectors.json", import.meta.url), "utf8"),
  ) as { certificate: string; vectors: { name: string; message: Record<string, string> }[] };

  test.each(vectors.map(({ name, message }) => [name, message] as const))("%s, is taken", async (_, message) => {
    const confirm = vi.fn<ConfirmSubscription>();
    const century = 100 * 365 * 24 * 3_600_000;
    const events = await source({ fetchCertificate: () => certificate, confirm, maxAgeMs: century }).parse(
      post(message),
    );
    const wanted = message["Type"] === "Notification" ? [{ type: "sent", recipient: "grüße@example.com" }] : [];
    expect(events).toMatchObject(wanted);
    expect(confirm).toHaveBeenCalledTimes(message["Type"] === "SubscriptionConfirmation" ? 1 : 0);
  });
});

describe("a notification", () => {
  test.each(["text/plain; charset=UTF-8", "text/plain", "application/json", "Application/JSON; charset=utf-8"])(
    "is taken as %s",
    async (type) => {
      const request = post(signed(notification(open), sns), { "content-type": type });
      expect(await source().parse(request)).toMatchObject([{ type: "opened", provider: "ses" }]);
    },
  );

  test("is taken without a content type", async () => {
    const request = post(new TextEncoder().encode(JSON.stringify(signed(notification(open), sns))));
    request.headers.delete("content-type");
    expect(await source().parse(request)).toHaveLength(1);
  });

  test("is taken from each of the topics, by the certificate of its own region", async () => {
    const others = await signer();
    const otherArn = "arn:aws-cn:sns:cn-north-1:123456789012:other";
    const otherUrl = "https://sns.cn-north-1.amazonaws.com.cn/SimpleNotificationService-0123abcd.pem";
    const events = source({
      topicArns: [topicArn, otherArn],
      fetchCertificate: (url) => (url === otherUrl ? others.pem : sns.pem),
    });
    await events.parse(post(signed(notification(open), sns)));
    const other = notification(open, { TopicArn: otherArn, SigningCertURL: otherUrl });
    expect(await events.parse(post(signed(other, others)))).toHaveLength(1);
  });

  test("of an age within the limit is taken, and one beyond it is stale", async () => {
    const aged = (ms: number) => notification(open, { Timestamp: new Date(Date.now() - ms).toISOString() });
    const hour = 3_600_000;
    expect(await source().parse(post(signed(aged(23 * hour), sns)))).toHaveLength(1);
    expect(await source({ maxAgeMs: 60 * hour }).parse(post(signed(aged(48 * hour), sns)))).toHaveLength(1);
    const whenever = source({ maxAgeMs: Number.POSITIVE_INFINITY });
    expect(await whenever.parse(post(signed(aged(10_000 * hour), sns)))).toHaveLength(1);
    const error = await refused(source().parse(post(signed(aged(25 * hour), sns))));
    expect(error).toMatchObject({ code: "stale", field: "Timestamp" });
  });

  test("with a Subject that is null is signed without it", async () => {
    const request = post({ ...signed(notification(open), sns), Subject: null });
    expect(await source().parse(request)).toHaveLength(1);
  });

  test.each(["Successfully validated SNS topic for Amazon SES event publishing.", "hello", "5", '"text"'])(
    "of the text %j holds no event",
    async (text) => {
      expect(await source().parse(post(signed(notification(text), sns)))).toEqual([]);
    },
  );

  test.each([
    { notificationType: "AmazonSnsSubscriptionSucceeded", message: "You have successfully subscribed your topic" },
    { notificationType: "Received", mail: {}, content: "" },
    { eventType: "Received", mail: {}, content: "" },
  ])("of $notificationType$eventType holds no event", async (record) => {
    expect(await source().parse(post(signed(notification(record), sns)))).toEqual([]);
  });

  test.each([
    { AlarmName: "disk full" },
    { eventType: 7 },
    [],
    [open],
    '{"eventType":"Open",',
    `{"eventType":"Open","mail":${'{"a":'.repeat(70)}1${"}".repeat(71)}`,
    "[".repeat(100_000),
  ])("of something else than a record of SES is malformed: %j", async (message) => {
    const error = await refused(source().parse(post(signed(notification(message), sns))));
    expect(error.code).toBe("malformed");
    expect(source().statusFor?.(error)).toBe(400);
  });
});

describe("a subscription", () => {
  test("is confirmed with the topic and the token alone", async () => {
    await using server = await snsServer((response) => response.end("<ConfirmSubscriptionResponse/>"));
    const logger = testLogger();
    const events = sesEventsThrough(server.fetch, {
      topicArns: [topicArn],
      fetchCertificate: () => sns.pem,
      logger,
    });
    const SubscribeURL = `${subscribeUrl}&Action=DeleteTopic&Endpoint=https://evil.example`;
    expect(await events.parse(post(signed(confirmation({ SubscribeURL }), sns)))).toEqual([]);
    const query = new URLSearchParams({ Action: "ConfirmSubscription", TopicArn: topicArn, Token: "t0ken" });
    expect(server.requests).toEqual([`GET /?${query}`]);
    expect(logger.info).toHaveBeenCalledWith({ topicArn }, expect.stringContaining("confirmed"));
  });

  test("is confirmed by the app's own function", async () => {
    const confirm = vi.fn<ConfirmSubscription>();
    await source({ confirm }).parse(post(signed(confirmation(), sns)));
    expect(confirm).toHaveBeenCalledExactlyOnceWith({ topicArn, token: "t0ken" }, expect.any(AbortSignal));
  });

  test("is left alone where the app says so", async () => {
    await using server = await snsServer((response) => response.end());
    const logger = testLogger();
    const options = { topicArns: [topicArn], fetchCertificate: () => sns.pem, confirm: false, logger } as const;
    expect(await sesEventsThrough(server.fetch, options).parse(post(signed(confirmation(), sns)))).toEqual([]);
    expect(server.requests).toEqual([]);
    expect(logger.info).toHaveBeenCalledWith({ topicArn }, expect.stringContaining("waits"));
  });

  test.each([400, 403, 500, 503, 302])(
    "that SNS answers with %i fails, so that it is asked for again",
    async (status) => {
      await using server = await snsServer((response) => {
        response.writeHead(status, { location: "/elsewhere" }).end("<Code>InvalidParameter</Code>");
      });
      const events = sesEventsThrough(server.fetch, { topicArns: [topicArn], fetchCertificate: () => sns.pem });
      const error: unknown = await events.parse(post(signed(confirmation(), sns))).catch((thrown: unknown) => thrown);
      expect(MailError.is(error)).toBe(true);
      expect(error).toMatchObject({ code: "unavailable", retryable: true, hint: expect.stringContaining("again") });
      expect(JSON.stringify(error) + String(error)).not.toContain("t0ken");
      expect(server.requests).toHaveLength(1);
    },
  );

  test.each<[string, ConfirmSubscription]>([
    ["fails", () => Promise.reject(new Error("no rights"))],
    ["never ends", () => new Promise(() => undefined)],
  ])("whose confirming %s fails", async (_, confirm) => {
    const work = source({ confirm, timeoutMs: 30 }).parse(post(signed(confirmation(), sns)));
    await expect(work).rejects.toMatchObject({ code: "unavailable" });
  });

  test("that somebody ended is told, and not begun anew", async () => {
    await using server = await snsServer((response) => response.end());
    const logger = testLogger();
    const confirm = vi.fn<ConfirmSubscription>();
    for (const own of [{}, { confirm }]) {
      const options = { topicArns: [topicArn], fetchCertificate: () => sns.pem, logger, ...own };
      const request = post(signed(confirmation({ Type: "UnsubscribeConfirmation" }), sns));
      expect(await sesEventsThrough(server.fetch, options).parse(request)).toEqual([]);
    }
    expect(logger.warn).toHaveBeenCalledTimes(2);
    expect(logger.warn).toHaveBeenCalledWith({ topicArn }, expect.stringContaining("no events come any more"));
    expect(server.requests).toEqual([]);
    expect(confirm).not.toHaveBeenCalled();
  });

  test("fails for no logger that throws", async () => {
    const broken = () => {
      throw new Error("disk full");
    };
    const logger = { debug: broken, info: broken, warn: broken, error: broken };
    const events = source({ confirm: () => undefined, logger });
    expect(await events.parse(post(signed(confirmation(), sns)))).toEqual([]);
  });
});
