import { generateKeyPairSync, sign } from "node:crypto";
import type { MailEvent } from "@mail/core";
import { MailEventError } from "@mail/core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { sendgridEvents } from "../sendgrid-events.ts";
import { privateKey, publicKey, signatureHeader, signedPost, timestampHeader } from "./signed-post.fixture.ts";

const batch = [{ event: "bounce", type: "bounce", email: "ada@example.com", sg_event_id: "one", secret: "hush" }];
const parse = (request: Request): Promise<MailEvent[]> => sendgridEvents({ publicKey }).parse(request);

async function refusal(request: Request): Promise<MailEventError> {
  const thrown: unknown = await parse(request).then(
    () => "nothing",
    (error: unknown) => error,
  );
  if (!MailEventError.is(thrown)) throw new Error("It was not refused.", { cause: thrown });
  const shown = JSON.stringify([thrown.message, thrown.hint, thrown.field, String(thrown.cause), { ...thrown }]);
  expect(shown).not.toContain("hush");
  expect(shown).not.toContain(publicKey.slice(40, 60));
  return thrown;
}

function rightSignature(): Buffer {
  return Buffer.from(signedPost(batch).headers.get(signatureHeader) ?? "", "base64");
}

describe("a signature is refused", () => {
  const stranger = generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey;
  const ofOtherCurve = generateKeyPairSync("ec", { namedCurve: "P-384" }).privateKey;
  const text = JSON.stringify(batch);

  test.each<[string, () => Request]>([
    ["made with another key", () => signedPost(batch, { key: stranger })],
    ["made with a key of another curve", () => signedPost(batch, { key: ofOtherCurve })],
    ["over another body", () => signedPost(batch, { posted: text.replace("ada", "eve") })],
    ["over a body that was cut", () => signedPost(text, { posted: text.slice(0, -1) })],
    ["over a body that went on", () => signedPost(text, { posted: `${text}\n` })],
    ["over the same events, written anew", () => signedPost(batch, { posted: JSON.stringify(batch, null, 1) })],
    [
      "over fields in another order",
      () => signedPost('[{"a":1,"event":"open"}]', { posted: '[{"event":"open","a":1}]' }),
    ],
    ["over an earlier time", () => signedPost(batch, { headers: { [timestampHeader]: "1588788367" } })],
    ["without its time", () => signedPost(batch, { headers: { [timestampHeader]: undefined } })],
    ["with an empty time", () => signedPost(batch, { headers: { [timestampHeader]: "" } })],
    ["with a time that is none", () => signedPost(batch, { headers: { [timestampHeader]: "today" } })],
    ["with a time in floats", () => signedPost(batch, { headers: { [timestampHeader]: "1588788367.5" } })],
    [
      "with a digit of the body taken for the time",
      () => signedPost("7[]", { headers: { [timestampHeader]: `${Math.floor(Date.now() / 1000)}7` }, posted: "[]" }),
    ],
    ["that is missing", () => signedPost(batch, { headers: { [signatureHeader]: undefined } })],
    ["that is empty", () => signedPost(batch, { headers: { [signatureHeader]: "" } })],
    ["that is no base64", () => signedPost(batch, { headers: { [signatureHeader]: "***not base64***" } })],
    ["that is no DER", () => signedPost(batch, { headers: { [signatureHeader]: "aW52YWxpZA==" } })],
    ["that is long", () => signedPost(batch, { headers: { [signatureHeader]: "A".repeat(8000) } })],
    [
      "that stands twice",
      () => signedPost(batch, { headers: { [signatureHeader]: `${rightSignature().toString("base64")}, AAAA` } }),
    ],
    [
      "with bytes after its end",
      () =>
        signedPost(batch, {
          headers: { [signatureHeader]: Buffer.concat([rightSignature(), Buffer.from([0])]).toString("base64") },
        }),
    ],
    [
      "with both numbers zero",
      () =>
        signedPost(batch, {
          headers: { [signatureHeader]: Buffer.from("3006020100020100", "hex").toString("base64") },
        }),
    ],
    [
      "in the form of IEEE P1363",
      () => {
        const now = String(Math.floor(Date.now() / 1000));
        const raw = sign("sha256", Buffer.from(now + text), { key: privateKey, dsaEncoding: "ieee-p1363" });
        return signedPost(text, { headers: { [signatureHeader]: raw.toString("base64") } });
      },
    ],
    ["of a GET", () => new Request("https://app.example/webhooks/sendgrid")],
  ])("%s", async (_, request) => {
    expect((await refusal(request())).code).toBe("invalid_signature");
  });

  test("before the body is read where there is none", async () => {
    const request = signedPost(batch, { headers: { [signatureHeader]: undefined } });
    await refusal(request);
    expect(request.bodyUsed).toBe(false);
  });
});

test("the other signature that fits the same post, and a post that comes again, give the same ids", async () => {
  const request = signedPost(batch);
  const again = request.clone();
  const twin = Buffer.from(mirrored(Buffer.from(request.headers.get(signatureHeader) ?? "", "base64")));
  const headers = new Headers(request.headers);
  headers.set(signatureHeader, twin.toString("base64"));
  const mirror = new Request(request.clone(), { headers });
  const ids = await Promise.all([request, again, mirror].map(async (one) => (await parse(one)).map(({ id }) => id)));
  expect(ids).toEqual([["one"], ["one"], ["one"]]);
});

/** With n - s for s, which whoever has a signature can make. */
function mirrored(der: Buffer): Buffer {
  const order = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
  const rLength = der[3] ?? 0;
  const s = BigInt(`0x${der.subarray(6 + rLength).toString("hex")}`);
  const hex = (order - s).toString(16);
  const bytes = Buffer.from(hex.padStart(hex.length + (hex.length % 2), "0"), "hex");
  const number = (bytes[0] ?? 0) > 127 ? Buffer.concat([Buffer.from([0]), bytes]) : bytes;
  const parts = Buffer.concat([der.subarray(2, 4 + rLength), Buffer.from([2, number.length]), number]);
  return Buffer.concat([Buffer.from([0x30, parts.length]), parts]);
}

describe("a post that is signed is refused", () => {
  test.each([
    ["no JSON", "[{]"],
    ["empty", ""],
    ["a text", '"open"'],
    ["a number", "5"],
    ["null", "null"],
    ["deep", `[${'{"a":'.repeat(100)}1${"}".repeat(100)}]`],
    ["a list of lists", "[[]]"],
    ["a batch with a hole", '[{"event":"open"},null]'],
  ])("where it is %s", async (_, body) => {
    expect((await refusal(signedPost(body))).code).toBe("malformed");
  });

  test.each([
    "multipart/form-data; boundary=x",
    "application/x-www-form-urlencoded",
    "application/octet-stream",
    "text/html",
    "application/jsonp",
  ])("where it says that it is %s, as inbound mail does", async (type) => {
    const error = await refusal(signedPost(batch, { headers: { "content-type": type } }));
    expect(error).toMatchObject({ code: "malformed", field: "content-type" });
  });

  test.each([undefined, "application/json;charset=utf-8", "APPLICATION/JSON", "text/plain"])(
    "but not where it says %s",
    async (type) => {
      expect(await parse(signedPost(batch, { headers: { "content-type": type } }))).toHaveLength(1);
    },
  );

  test("where it says that it is large, before it is read", async () => {
    const request = signedPost(batch, { headers: { "content-length": "7000000" } });
    expect((await refusal(request)).code).toBe("too_large");
    expect(request.bodyUsed).toBe(false);
  });

  test("where it turns out to be large, before it is read to its end", async () => {
    let chunks = 0;
    const endless = new ReadableStream({
      pull(controller) {
        chunks += 1;
        controller.enqueue(new Uint8Array(1024 * 1024));
      },
    });
    expect((await refusal(signedPost(batch, { posted: endless }))).code).toBe("too_large");
    expect(chunks).toBeLessThan(10);
  });
});

test("an unsigned post of inbound mail is refused before it is read", async () => {
  const body = new FormData();
  body.set("from", "Ada <ada@example.com>");
  body.set("email", "From: ada@example.com\r\n\r\nhush");
  const request = new Request("https://app.example/webhooks/sendgrid", { method: "POST", body });
  expect((await refusal(request)).code).toBe("invalid_signature");
});

test("a batch of 768 KB and more is read", async () => {
  const many = Array.from({ length: 5000 }, (_, index) => ({
    ...batch[0],
    sg_event_id: `id-${index}`,
    pad: "x".repeat(200),
  }));
  expect(await parse(signedPost(many))).toHaveLength(5000);
});

test("a field called __proto__ changes no object", async () => {
  const [event] = await parse(signedPost('[{"event":"open","__proto__":{"type":"delivered","polluted":"yes"}}]'));
  expect(event).toMatchObject({ type: "opened" });
  expect(Object.assign({}, event?.metadata)).not.toHaveProperty("polluted");
  expect({}).not.toHaveProperty("polluted");
});

const fieldNames = ["event", "email", "timestamp", "sg_event_id", "sg_message_id", "smtp-id", "category", "mail_id"];
const fields = fc.dictionary(
  fc.oneof(fc.constantFrom(...fieldNames, "type", "reason", "__proto__"), fc.string()),
  fc.jsonValue(),
);

test("whatever is signed gives sound events or a MailEventError", async () => {
  const source = sendgridEvents({ publicKey });
  const content = fc.oneof(fc.array(fields), fc.jsonValue()).map((value) => JSON.stringify(value));
  await fc.assert(
    fc.asyncProperty(fc.oneof(content, fc.string()), async (body) => {
      const events = await source.parse(signedPost(body)).catch((error: unknown) => error);
      if (MailEventError.is(events)) return;
      if (!Array.isArray(events)) throw new Error("It threw something else.", { cause: events });
      for (const event of events as MailEvent[]) {
        expect(event.id).toMatch(/\S/);
        expect(event.at.getTime()).toBeGreaterThan(0);
        expect(Object.values({ ...event.metadata }).every((value) => typeof value === "string")).toBe(true);
      }
    }),
  );
});
