import type { MailEvent } from "@mail/core";
import { MailEventError } from "@mail/core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { mailgunEvents } from "../mailgun-events.ts";
import {
  type FieldList,
  formPost,
  jsonPost,
  legacyForm,
  multipart,
  post,
  type Signature,
  signed,
  signingKey,
} from "./signed-post.fixture.ts";

const data = { event: "failed", severity: "permanent", recipient: "ada@example.com", secret: "hush" };
const source = () => mailgunEvents({ signingKey });

/** @returns the error, which shows nothing of the post, and after which Mailgun does not come again */
async function refusal(request: Request): Promise<MailEventError> {
  const thrown: unknown = await source()
    .parse(request)
    .then(
      () => "nothing",
      (error: unknown) => error,
    );
  if (!MailEventError.is(thrown)) throw new Error("It was not refused.", { cause: thrown });
  const shown = JSON.stringify([thrown.message, thrown.hint, thrown.field, String(thrown.cause), { ...thrown }]);
  expect(shown).not.toContain("hush");
  expect(shown).not.toContain(signingKey);
  expect(source().statusFor?.(thrown)).toBe(406);
  return thrown;
}

function withSignature(change: (signature: Signature) => object): Request {
  return post(JSON.stringify({ signature: change(signed()), "event-data": data }), "application/json");
}

describe("a signature is refused", () => {
  test.each<[string, () => Request]>([
    ["made with another key", () => jsonPost(data, { key: "another" })],
    ["made with a part of the key", () => jsonPost(data, { key: signingKey.slice(0, -1) })],
    ["over another token", () => withSignature((right) => ({ ...right, token: "a".repeat(50) }))],
    [
      "over another time",
      () => withSignature((right) => ({ ...right, timestamp: String(Number(right.timestamp) + 1) })),
    ],
    [
      "where the time takes a digit of the token",
      () => {
        const { timestamp, token, signature } = signed({ token: "7890" });
        const moved = { timestamp: `${timestamp}7`, token: token.slice(1), signature };
        return post(JSON.stringify({ signature: moved, "event-data": data }), "application/json");
      },
    ],
    [
      "where the token takes a digit of the time",
      () =>
        withSignature(({ timestamp, token, signature }) => ({
          timestamp: timestamp.slice(0, -1),
          token: timestamp.slice(-1) + token,
          signature,
        })),
    ],
    ["that is cut", () => withSignature((right) => ({ ...right, signature: right.signature.slice(0, -1) }))],
    ["that goes on", () => withSignature((right) => ({ ...right, signature: `${right.signature}0` }))],
    [
      "that goes on beyond hexadecimal",
      () => withSignature((right) => ({ ...right, signature: `${right.signature}zz` })),
    ],
    ["that is empty", () => withSignature((right) => ({ ...right, signature: "" }))],
    ["that is a list", () => withSignature((right) => ({ ...right, signature: [right.signature] }))],
    ["that is true", () => withSignature((right) => ({ ...right, signature: true }))],
    ["without a token", () => withSignature(({ token: _, ...right }) => right)],
    ["without a time", () => withSignature(({ timestamp: _, ...right }) => right)],
    ["with a time in floats", () => withSignature((right) => ({ ...right, timestamp: `${right.timestamp}.5` }))],
    ["with a token without end", () => withSignature((right) => ({ ...right, token: "a".repeat(100_000) }))],
    ["that is missing", () => post(JSON.stringify({ "event-data": data }), "application/json")],
    [
      "that is in __proto__",
      () => post(`{"__proto__":${JSON.stringify({ signature: signed() })}}`, "application/json"),
    ],
    ["that is missing, in a list", () => post("[]", "application/json")],
    ["that is missing in a form", () => post(new URLSearchParams([["event", "complained"]]))],
    ["of a form made with another key", () => formPost([["event", "complained"]], { key: "another" })],
    [
      "of a form where another one stands after it",
      () => post(new URLSearchParams([...legacyForm([["event", "opened"]]), ["signature", "0".repeat(64)]])),
    ],
    ["of an empty form", () => post("", "application/x-www-form-urlencoded")],
    [
      "of a form that says it is JSON no more",
      () => post(String(new URLSearchParams(legacyForm([]))), "multipart/form-data; boundary=x"),
    ],
    ["of a GET", () => new Request("https://app.example/webhooks/mailgun")],
  ])("%s", async (name, request) => {
    const code = /no more|a GET/.test(name) ? "malformed" : "invalid_signature";
    expect((await refusal(request())).code).toBe(code);
  });
});

describe("a post is malformed", () => {
  const inbound: FieldList = [
    ["recipient", "test@inbound.example.com"],
    ["sender", "ada@example.org"],
    ["body-mime", "From: ada@example.org\r\n\r\nhush"],
  ];

  test.each<[string, () => Request]>([
    ["that is no JSON", () => post("{'event': hush}", "application/json")],
    [
      "that is cut",
      () => post(JSON.stringify({ signature: signed(), "event-data": data }).slice(0, -1), "application/json"),
    ],
    ["that is deep", () => post(`{"event-data":${'{"a":'.repeat(100_000)}`, "application/json")],
    ["that is no UTF-8", () => post(new Uint8Array([0x22, 0xff, 0x22]), "application/json")],
    ["that has no event", () => post(JSON.stringify({ signature: signed() }), "application/json")],
    ["whose event is a text", () => jsonPost("hush")],
    ["whose event is a list", () => jsonPost([data])],
    ["whose event is null", () => jsonPost(null)],
    ["that is a form of inbound mail", () => formPost(inbound)],
    [
      "that is inbound mail in parts",
      () => post(multipart(legacyForm(inbound), "x", ["hush"]), "multipart/form-data; boundary=x"),
    ],
    ["in parts without a boundary", () => post("hush", "multipart/form-data")],
    ["in parts with an absurd boundary", () => post("hush", `multipart/form-data; boundary=${"x".repeat(71)}`)],
    [
      "in parts that have no end",
      () => post(multipart(legacyForm([]), "x").slice(0, -10), "multipart/form-data; boundary=x"),
    ],
    [
      "in parts between another boundary",
      () => post(multipart(legacyForm([]), "y"), "multipart/form-data; boundary=x"),
    ],
    ["that is XML", () => post("<hush/>", "application/xml")],
    [
      "that is bytes",
      () => post(JSON.stringify({ signature: signed(), "event-data": data }), "application/octet-stream"),
    ],
    ["with fields without number", () => post("a&".repeat(500_000), "application/x-www-form-urlencoded")],
    [
      "with parts without number",
      () =>
        post(
          multipart(
            Array.from({ length: 100_000 }, () => ["a", "b"]),
            "x",
          ),
          "multipart/form-data; boundary=x",
        ),
    ],
  ])("%s", async (_, request) => {
    expect((await refusal(request())).code).toBe("malformed");
  });
});

describe("a post is too large", () => {
  test.each(["application/json", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"])(
    "as %s, where it says so or turns out to be",
    async (type) => {
      const stated = new Request(post("a=b", type), {
        headers: { "content-type": type, "content-length": "40000000" },
      });
      expect((await refusal(stated)).code).toBe("too_large");
      expect(stated.bodyUsed).toBe(false);
      let chunks = 0;
      const endless = new ReadableStream({
        pull(controller) {
          chunks += 1;
          controller.enqueue(new Uint8Array(1024 * 1024));
        },
      });
      expect((await refusal(post(endless, type))).code).toBe("too_large");
      expect(chunks).toBeLessThan(40);
    },
  );
});

test("JSON is parsed before it is known who wrote it, so that more than an event can have is too large", async () => {
  const hollow = `{"signature":[${"{},".repeat(1024 * 350)}{}]}`;
  expect((await refusal(post(hollow, "application/json"))).code).toBe("too_large");
});

test("a bounce that brings the mail along, of 25 MB, is read", async () => {
  const body = multipart(legacyForm([["event", "bounced"]]), "x", ["y".repeat(25_000_000)]);
  const [event] = await source().parse(post(body, "multipart/form-data; boundary=x"));
  expect(JSON.stringify(event).length).toBeLessThan(1000);
});

test("parts may say more than their name, and files be called as they like", async () => {
  const [first = [], ...others] = legacyForm([["event", "bounced"]]);
  const disposition = 'Content-Disposition: form-data; name="a"; filename="\\"x\\"; y.eml"';
  const body = [
    `--x\r\ncontent-type: text/plain; charset=utf-8\r\ncontent-disposition: form-data; name="${first[0]}"\r\n\r\n${first[1]}\r\n`,
    `--x\r\n${disposition}\r\n\r\n--x of another mail\r\n--xy\r\n\r\n`,
    multipart(others, "x"),
  ];
  const [event] = await source().parse(post(body.join(""), "multipart/form-data; boundary=x"));
  expect(event?.raw).toEqual({ event: "bounced", timestamp: expect.any(String) });
});

test.each(["application/json;charset=utf-8", "text/plain", null])("JSON may come as %s", async (type) => {
  const bytes = new TextEncoder().encode(JSON.stringify({ signature: signed(), "event-data": data }));
  expect(await source().parse(post(bytes, type))).toHaveLength(1);
});

test("a field called __proto__ changes no object", async () => {
  const json = `{"signature":${JSON.stringify(signed())},"event-data":{"event":"opened","user-variables":{"__proto__":{"polluted":"yes"}},"__proto__":{"type":"delivered"}}}`;
  const inJson = await source().parse(post(json, "application/json"));
  const inForm = await source().parse(
    formPost([
      ["event", "opened"],
      ["__proto__", "yes"],
    ]),
  );
  for (const event of [...inJson, ...inForm]) {
    expect(event.type).toBe("opened");
    expect(Object.getPrototypeOf(event.metadata)).toBe(Object.prototype);
    expect(Object.assign({}, event.metadata)).not.toHaveProperty("polluted");
  }
});

function checkSound(outcome: unknown): void {
  if (MailEventError.is(outcome)) return;
  if (!Array.isArray(outcome)) throw new Error("It threw something else.", { cause: outcome });
  for (const event of outcome as MailEvent[]) {
    expect(event.id).toMatch(/\S/);
    expect(event.at.getTime()).toBeGreaterThan(0);
    expect(Object.values({ ...event.metadata }).every((value) => typeof value === "string")).toBe(true);
  }
}

const dataFields = ["event", "id", "timestamp", "recipient", "tags", "user-variables", "message", "delivery-status"];
const formFields = ["event", "recipient", "message-headers", "tag", "code", "url", "timestamp", "token", "mail_id"];
const events = ["failed", "rejected", "opened", "dropped", "bounced", "clicked"];

test("whatever JSON is signed gives a sound event or a MailEventError", async () => {
  const name = fc.oneof(fc.constantFrom(...dataFields, "severity", "reason", "__proto__", "toString"), fc.string());
  const value = fc.oneof(fc.jsonValue(), fc.constantFrom(...events));
  const content = fc.oneof(fc.dictionary(name, value), fc.jsonValue());
  await fc.assert(
    fc.asyncProperty(content, async (one) => {
      checkSound(
        await source()
          .parse(jsonPost(one))
          .catch((error: unknown) => error),
      );
    }),
  );
});

test("whatever form is signed gives a sound event or a MailEventError", async () => {
  const name = fc.oneof(fc.constantFrom(...formFields, "__proto__"), fc.string());
  const headers = fc.array(fc.tuple(fc.constantFrom("X-Mailgun-Variables", "Message-Id"), fc.jsonValue()));
  const text = fc.oneof(
    fc.string(),
    fc.constantFrom(...events),
    fc.json(),
    headers.map((list) => JSON.stringify(list)),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(name, text)), async (fields) => {
      checkSound(
        await source()
          .parse(formPost(fields))
          .catch((error: unknown) => error),
      );
    }),
  );
});

test("whatever comes in parts gives a sound event or a MailEventError", async () => {
  const line = fc.oneof(
    fc.constantFrom(
      "--x",
      "--x--",
      "",
      'Content-Disposition: form-data; name="event"',
      "Content-Disposition: a; filename=b",
    ),
    fc.string(),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(line), async (lines) => {
      const request = post(lines.join("\r\n"), "multipart/form-data; boundary=x");
      checkSound(
        await source()
          .parse(request)
          .catch((error: unknown) => error),
      );
    }),
  );
});
