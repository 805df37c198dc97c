import { generateKeyPairSync } from "node:crypto";
import type { MailEvent } from "@mail/core";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { base64, publicKey, signedPost } from "./events/signed-post.fixture.ts";
import { sendgridEvents } from "./sendgrid-events.ts";

const parse = (content: unknown): Promise<MailEvent[]> => sendgridEvents({ publicKey }).parse(signedPost(content));

async function parseOne(event: Readonly<Record<string, unknown>>): Promise<MailEvent | undefined> {
  return (await parse([event]))[0];
}

describe("an event", () => {
  test.each([
    ["bounce", { type: "bounce", bounce_classification: "Invalid Address" }, "bounced", "bounced", true],
    ["bounce", {}, "bounced", "bounced", true],
    ["bounce", { type: "blocked", status: "5.7.1" }, "bounced", "blocked", false],
    ["bounce", { type: "of the future" }, "bounced", "other", false],
    ["dropped", { reason: "Bounced Address" }, "rejected", "bounced", true],
    ["dropped", { reason: "Unsubscribed Address" }, "rejected", "unsubscribed", true],
    ["dropped", { reason: "Spam Reporting Address" }, "rejected", "spam", true],
    ["dropped", { reason: "Invalid" }, "rejected", "invalid", true],
    ["dropped", { reason: "Spam Content (if Spam Checker app is enabled)" }, "rejected", "spam", false],
    ["dropped", { reason: "Recipient List over Package Quota" }, "rejected", "other", false],
    ["dropped", { reason: "Invalid SMTPAPI header" }, "rejected", "other", false],
    ["dropped", {}, "rejected", "other", false],
    ["deferred", { response: "451 later" }, "deferred", undefined, undefined],
    ["constructor", {}, "unknown", undefined, undefined],
    [["open"], {}, "unknown", undefined, undefined],
  ])("%j %j is %s for the reason %s, permanent %s", async (event, fields, type, reason, permanent) => {
    const read = await parseOne({ event, ...fields });
    expect([read?.type, read?.reason, read?.permanent]).toEqual([type, reason, permanent]);
  });

  test("says what the server answered, and SendGrid's own word for it", async () => {
    const bounce = { event: "bounce", type: "bounce", reason: "550 5.1.1 unknown" };
    expect(await parseOne(bounce)).toMatchObject({ response: "550 5.1.1 unknown", detail: "bounce" });
    const classified = { ...bounce, bounce_classification: "Invalid Address" };
    expect(await parseOne(classified)).toMatchObject({ detail: "Invalid Address" });
    const dropped = await parseOne({ event: "dropped", reason: "Bounced Address" });
    expect(dropped).toMatchObject({ detail: "Bounced Address" });
    expect(dropped).not.toHaveProperty("response");
  });

  test.each([
    ["wrfRRvF7Q0GgwUo2CvDmEA.filter0425p1mdw1.13037.57168B4A1D.0", "wrfRRvF7Q0GgwUo2CvDmEA"],
    ["euo2iKxdSayPF4YE4--I7A.recvd-5f54b5d587-pczjm-1-67BADEEA-6.0", "euo2iKxdSayPF4YE4--I7A"],
    ["uAaB-frEROik3Gq7pg6qHQ.filterdrecv-5645d9c874-xyz-18-5FC0-2.0", "uAaB-frEROik3Gq7pg6qHQ"],
    ["14c5d75ce93.dfd.64b469.filter0001.16648.5515E0B88.0", "14c5d75ce93.dfd.64b469"],
    ["wrfRRvF7Q0GgwUo2CvDmEA", "wrfRRvF7Q0GgwUo2CvDmEA"],
    ["wrfRRvF7Q0GgwUo2CvDmEA.a-server-of-the-future.0", "wrfRRvF7Q0GgwUo2CvDmEA"],
    ["filter0093p1las1.9128.5717FB8127.0", undefined],
    ["", undefined],
    [null, undefined],
  ])("with sg_message_id %j has the receipt's providerId %j", async (sg_message_id, providerId) => {
    expect((await parseOne({ sg_message_id }))?.providerId).toBe(providerId);
  });

  test("keeps what the app gave its mail along apart from SendGrid's own fields", async () => {
    const event = { event: "click", mail_id: "m1", plan: "pro", url_offset: { index: 0 }, tls: 1, category: "one" };
    expect(await parseOne(event)).toMatchObject({ mailId: "m1", metadata: { plan: "pro" }, tags: ["one"] });
  });

  test("names the reader's address, and not the one that the mail was sent from", async () => {
    expect(await parseOne({ event: "open", ip: "192.0.2.1" })).toMatchObject({ ip: "192.0.2.1" });
    expect(await parseOne({ event: "delivered", ip: "192.0.2.1" })).not.toHaveProperty("ip");
  });

  test.each([undefined, null, 0, -5, 1e300, "soon", {}])("at %j happened when it was reported", async (timestamp) => {
    const at = new Date(Math.floor(Date.now() / 1000) * 1000 - 60_000);
    const [event] = await sendgridEvents({ publicKey }).parse(signedPost([{ event: "open", timestamp }], { at }));
    expect(event?.at).toEqual(at);
  });

  test.each([1461095246, "1461095246", 1461095246.5])("at %j happened then", async (timestamp) => {
    expect((await parseOne({ timestamp }))?.at.toISOString()).toMatch(/^2016-04-19T19:47:26\.[05]00Z$/);
  });

  test("without an id has one that is the same each time, and that others do not have", async () => {
    const opened = { event: "open", email: "ada@example.com", timestamp: 1461095246 };
    const batch = [opened, { ...opened, email: "bob@example.com" }, { ...opened, event: "click" }];
    const ids = (await parse(batch)).map(({ id }) => id);
    expect(new Set(ids).size).toBe(3);
    expect((await parse(batch.toReversed())).map(({ id }) => id)).toEqual(ids.toReversed());
  });
});

describe("keys", () => {
  const other = generateKeyPairSync("ec", { namedCurve: "P-256" });

  test("change while both are known", async () => {
    const source = sendgridEvents({ publicKey: [base64(other.publicKey), publicKey] });
    expect(await source.parse(signedPost([]))).toEqual([]);
    expect(await source.parse(signedPost([], { key: other.privateKey }))).toEqual([]);
  });

  test("may be PEM", async () => {
    const pem = other.publicKey.export({ type: "spki", format: "pem" });
    const source = sendgridEvents({ publicKey: String(pem) });
    expect(await source.parse(signedPost([], { key: other.privateKey }))).toEqual([]);
  });

  const p384 = generateKeyPairSync("ec", { namedCurve: "P-384" }).publicKey;
  const rsa = generateKeyPairSync("rsa", { modulusLength: 1024 }).publicKey;
  const secret = String(other.privateKey.export({ type: "pkcs8", format: "pem" }));

  test.each([
    ["another curve", base64(p384)],
    ["RSA", base64(rsa)],
    ["Ed25519", base64(generateKeyPairSync("ed25519").publicKey)],
    ["a private key", secret],
    ["a cut key", publicKey.slice(0, 60)],
    ["text", "SG.not-a-key"],
    ["a number", 5],
    ["null", null],
    ["nothing", undefined],
    ["empty", ""],
    ["an empty list", []],
  ])("that are %s are refused", (_, key) => {
    const options: { publicKey: string } = { publicKey: key as string };
    expect(() => sendgridEvents(options)).toThrow(
      expect.objectContaining({
        code: "configuration",
        field: "publicKey",
        message: expect.not.stringContaining(String(key).slice(0, 60) || "\0"),
      }),
    );
  });

  test("in a list are named by their place", () => {
    expect(() => sendgridEvents({ publicKey: [publicKey, base64(p384)] })).toThrow("publicKey[1]");
  });

  test("stand beside no unknown option", () => {
    const options = { publicKey, tolerance: 5 };
    expect(() => sendgridEvents(options)).toThrow(expect.objectContaining({ field: "tolerance" }));
  });
});

describe("a post", () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ["Date"], now: Date.UTC(2026, 10, 25) }));
  afterEach(() => void vi.useRealTimers());

  test.each([
    [25 * 3_600_000, {}],
    [-300_000, {}],
    [60_000, { maxAgeMs: 60_000 }],
  ])("signed %d ms ago passes with %j", async (ms, options) => {
    const source = sendgridEvents({ publicKey, ...options });
    expect(await source.parse(signedPost([], { at: new Date(Date.now() - ms) }))).toEqual([]);
  });

  test.each([
    [25 * 3_600_000 + 1000, {}],
    [-301_000, {}],
    [61_000, { maxAgeMs: 60_000 }],
  ])("signed %d ms ago is stale with %j", async (ms, options) => {
    const source = sendgridEvents({ publicKey, ...options });
    const parsed = source.parse(signedPost([{ event: "open" }], { at: new Date(Date.now() - ms) }));
    await expect(parsed).rejects.toMatchObject({ code: "stale" });
  });
});
