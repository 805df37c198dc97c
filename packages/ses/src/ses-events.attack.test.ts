import { MailEventError, type MailEventErrorCode } from "@mail/core";
import { describe, expect, test } from "vitest";
import {
  certificateUrl,
  confirmation,
  type Envelope,
  notification,
  post,
  refused,
  signed,
  signer,
  snsServer,
  topicArn,
} from "./events/sns.fixture.ts";
import { UnverifiedError } from "./events/unverified-error.ts";
import { sesEventsThrough } from "./ses-events.ts";

const sns = await signer();
const attacker = await signer();
const record = { eventType: "Open", open: {}, mail: { messageId: "0102-a", destination: ["ada@example.com"] } };

interface Outcome {
  readonly code: MailEventErrorCode;
  readonly status: number | undefined;
  /** Certificates that were fetched. */
  readonly fetched: readonly string[];
}

/** What became of a request that is to be refused, and that nothing was confirmed. */
async function attack(request: Request, certificate: string = sns.pem): Promise<Outcome> {
  const fetched: string[] = [];
  await using server = await snsServer((response) => response.end());
  const source = sesEventsThrough(server.fetch, {
    topicArns: [topicArn],
    fetchCertificate: (url) => {
      fetched.push(url);
      return certificate;
    },
  });
  const error = await refused(source.parse(request));
  expect(server.requests).toEqual([]);
  return { code: error.code, status: source.statusFor?.(error), fetched };
}

const unsigned = { code: "invalid_signature", status: 401 } as const;
const malformed = { code: "malformed", status: 400, fetched: [] } as const;

const messages: readonly (readonly [string, Envelope])[] = [
  ["a notification", notification(record, { Subject: "Amazon SES Email Event Notification" })],
  ["a subscription", confirmation()],
  ["the end of a subscription", confirmation({ Type: "UnsubscribeConfirmation" })],
];

describe.each(messages)("%s", (_, message) => {
  test.each(["1", "2"] as const)("signed by another key is refused (version %s)", async (version) => {
    expect(await attack(post(signed(message, attacker, version)))).toEqual({ ...unsigned, fetched: [certificateUrl] });
  });

  test.each([
    ["a dummy", "EXAMPLE-SIGNATURE=="],
    ["what is no base64", "\u00fc!"],
    ["a long text", "A".repeat(100_000)],
  ])("signed with %s is refused", async (_name, Signature) => {
    expect(await attack(post({ ...signed(message, sns), Signature }))).toMatchObject(unsigned);
  });

  test.each(["Signature", "SignatureVersion", "SigningCertURL"])("without %s is refused", async (name) => {
    for (const value of [undefined, null, "", 1, ["1"]])
      expect(await attack(post({ ...signed(message, sns), [name]: value }))).toEqual({ ...unsigned, fetched: [] });
  });

  test.each(["0", "3", "1.0", "sha1", "__proto__"])("of signature version %s is refused", async (SignatureVersion) => {
    expect(await attack(post({ ...signed(message, sns), SignatureVersion }))).toEqual({ ...unsigned, fetched: [] });
  });

  test("said to be of the other signature version is refused", async () => {
    for (const [version, other] of [
      ["1", "2"],
      ["2", "1"],
    ] as const)
      expect(await attack(post({ ...signed(message, sns, version), SignatureVersion: other }))).toMatchObject(unsigned);
  });

  test.each(Object.keys(message))("is refused once its %s is changed", async (name) => {
    const text = String(message[name]);
    const whole = signed(message, sns);
    const other = (character: string | undefined): string => (character === "0" ? "1" : "0");
    const changes = [
      `${text}x`,
      `x${text}`,
      ` ${text}`,
      text.slice(0, -1) + other(text.at(-1)),
      text.slice(0, -2) + other(text.at(-2)) + text.slice(-1),
    ];
    for (const value of [...changes, "", null, undefined, 7, [text], { [name]: text }]) {
      const changed = { ...whole, [name]: value };
      if (name === "TopicArn" && typeof value === "string" && value !== "")
        expect(await attack(post(changed))).toEqual({ code: "unknown_topic", status: 401, fetched: [] });
      else expect(["invalid_signature", "malformed"]).toContain((await attack(post(changed))).code);
    }
  });

  test("is refused when it comes too late, and only for that reason when it is signed", async () => {
    const late = { ...message, Timestamp: new Date(Date.now() - 25 * 3_600_000).toISOString() };
    expect(await attack(post(signed(late, sns)))).toMatchObject({ code: "stale", status: 401 });
    expect(await attack(post(signed(late, attacker)))).toMatchObject(unsigned);
  });

  test.each([
    "yesterday",
    "2026-11-25",
    "Wed, 25 Nov 2026 10:00:00 GMT",
    "2026-99-99T99:99:99.000Z",
    "0",
    "\u0662026-11-25T10:00:00Z",
  ])("of the time %s is refused", async (Timestamp) => {
    expect(await attack(post(signed({ ...message, Timestamp }, sns)))).toEqual(malformed);
  });

  test("cut off is refused", async () => {
    const body = JSON.stringify(signed(message, sns));
    for (let length = 0; length < body.length; length += 97)
      expect(await attack(post(body.slice(0, length)))).toEqual(malformed);
  });

  test("of a topic that is not ours is refused, well signed as it is, and nothing is fetched", async () => {
    for (const TopicArn of [
      "arn:aws:sns:eu-west-1:999999999999:mail",
      `${topicArn}2`,
      topicArn.toUpperCase(),
      `${topicArn} `,
      "arn:aws:sns:*:*:*",
    ])
      expect(await attack(post(signed({ ...message, TopicArn }, sns)))).toEqual({
        code: "unknown_topic",
        status: 401,
        fetched: [],
      });
  });

  test.each([
    "https://evil.example/SimpleNotificationService-1.pem",
    "https://sns.eu-west-1.amazonaws.com.evil.example/x.pem",
    "https://sns.s3-us-west-2.amazonaws.com/x.pem",
    "http://sns.eu-west-1.amazonaws.com/x.pem",
    "http://169.254.169.254/latest/meta-data/x.pem",
    "https://sns.eu-west-1.amazonaws.com@evil.example/x.pem",
  ])("with a certificate at %s is refused, and nothing is fetched", async (SigningCertURL) => {
    const request = post(signed({ ...message, SigningCertURL }, attacker));
    expect(await attack(request, attacker.pem)).toEqual({ ...unsigned, fetched: [] });
  });

  test.each<[string, Parameters<typeof signer>[0]]>([
    ["a key on a curve", { keyType: "ec" }],
    ["a small key", { keySize: 1024 }],
    ["a certificate that has expired", { notBeforeDate: new Date(0), notAfterDate: new Date(86_400_000) }],
  ])("signed with %s is refused", async (_name, wanted) => {
    const own = await signer(wanted);
    expect(await attack(post(signed(message, own)), own.pem)).toMatchObject(unsigned);
  });

  test("of another type than the one that was signed is refused, whatever the header says", async () => {
    for (const Type of ["Notification", "SubscriptionConfirmation", "UnsubscribeConfirmation"]) {
      if (Type === message["Type"]) continue;
      const all = { ...confirmation(), ...signed(message, sns), Type };
      expect(await attack(post(all, { "x-amz-sns-message-type": Type }))).toMatchObject(unsigned);
    }
    for (const Type of ["notification", "Other", "constructor", "__proto__", "", null, 7])
      expect(await attack(post({ ...signed(message, sns), Type }))).toEqual(malformed);
  });
});

test("what is signed cannot be read in a second way", async () => {
  const whole = signed(notification(record, { Message: "a\nMessageId\nb", MessageId: "c", Subject: "d" }), sns);
  for (const second of [
    { Message: "a", MessageId: "b\nMessageId\nc" },
    { Message: "a\nMessageId\nb\nMessageId\nc\nSubject\nd", MessageId: "c", Subject: undefined },
    { MessageId: "c\nSubject\nd", Subject: undefined },
    { Subject: `d\nTimestamp\n${whole["Timestamp"]}` },
  ])
    expect(["malformed", "invalid_signature"]).toContain((await attack(post({ ...whole, ...second }))).code);
});

test("half a character does not pass for the one that is signed in its place", async () => {
  const whole = signed(notification("text \ufffd"), sns);
  expect(await attack(post({ ...whole, Message: "text \ud800" }))).toEqual(malformed);
});

test("a subscription to be confirmed elsewhere is refused, well signed as it is", async () => {
  for (const SubscribeURL of [
    "https://evil.example/?Action=ConfirmSubscription",
    "https://sns.eu-west-1.amazonaws.com.evil.example/?Action=ConfirmSubscription",
    "http://sns.eu-west-1.amazonaws.com/?Action=ConfirmSubscription",
    "http://169.254.169.254/?Action=ConfirmSubscription",
    "https://sns.eu-west-1.amazonaws.com@evil.example/?Action=ConfirmSubscription",
    "file:///etc/passwd",
    "x",
  ])
    expect(await attack(post(signed(confirmation({ SubscribeURL }), sns)))).toMatchObject({
      code: "malformed",
      status: 400,
    });
});

test("a token cannot bring parameters of its own", async () => {
  await using server = await snsServer((response) => response.end());
  const source = sesEventsThrough(server.fetch, { topicArns: [topicArn], fetchCertificate: () => sns.pem });
  await source.parse(post(signed(confirmation({ Token: "t&Action=DeleteTopic#?" }), sns)));
  const { searchParams } = new URL(server.requests[0]?.split(" ")[1] ?? "", "https://sns.example");
  expect([...searchParams.keys()]).toEqual(["Action", "TopicArn", "Token"]);
  expect(searchParams.get("Token")).toBe("t&Action=DeleteTopic#?");
});

describe("raw delivery", () => {
  test.each<[string, Request]>([
    ["by its header", post(record, { "x-amz-sns-rawdelivery": "true" })],
    ["by its record", post(record)],
    ["by a record of an identity", post({ notificationType: "Bounce", bounce: {}, mail: {} })],
  ])("is refused, %s, with a word on how to turn it off", async (_, request) => {
    const error = await refused(sesEventsThrough(fetch, { topicArns: [topicArn] }).parse(request));
    expect(error).toMatchObject({ code: "malformed", hint: expect.stringContaining("raw message delivery off") });
  });
});

describe("a body", () => {
  test("that says it is too large is refused unread", async () => {
    const request = post("{}", { "content-length": "1048577" });
    expect(await attack(request)).toEqual({ code: "too_large", status: 413, fetched: [] });
    expect(request.bodyUsed).toBe(false);
  });

  test("that does not end is read no further than a mebibyte", async () => {
    let pulled = 0;
    const body = new ReadableStream({
      pull(controller) {
        pulled += 1;
        controller.enqueue(Buffer.alloc(65_536, " "));
      },
    });
    expect(await attack(post(body))).toEqual({ code: "too_large", status: 413, fetched: [] });
    expect(pulled).toBeLessThan(25);
  });

  test("of the largest message that SNS carries is taken", async () => {
    const tags = { filler: ['"'.repeat(1000)] };
    const large = { ...record, mail: { ...record.mail, tags, filler: '"'.repeat(128 * 1024 - 1500) } };
    const message = notification(large);
    expect(Buffer.byteLength(String(message["Message"]))).toBeGreaterThan(255 * 1024);
    const source = sesEventsThrough(fetch, { topicArns: [topicArn], fetchCertificate: () => sns.pem });
    expect(await source.parse(post(signed(message, sns)))).toHaveLength(1);
  });

  test.each([
    ["an envelope in objects", '{"a":'.repeat(150_000)],
    ["an envelope in lists", `${"[".repeat(500_000)}${"]".repeat(500_000)}`],
    ["a field", `{"Type":"Notification","MessageAttributes":${"[".repeat(400_000)}${"]".repeat(400_000)}}`],
  ])("deeply nested in %s is refused", async (_, body) => {
    expect(await attack(post(body))).toEqual(malformed);
  });

  test.each(['{"a":', "[["])("deeply nested in the message by %j is refused", async (open) => {
    expect(await attack(post(signed(notification(open.repeat(50_000)), sns)))).toMatchObject({
      code: "malformed",
      status: 400,
    });
  });

  test.each([
    ["nothing", ""],
    ["null", "null"],
    ["a text", '"text"'],
    ["a list", "[]"],
    ["an empty object", "{}"],
    ["a form", "Type=Notification"],
    ["XML", "<Notification/>"],
    ["two messages", "{}{}"],
    ["no UTF-8", new Uint8Array([0x7b, 0xff, 0x7d])],
    ["UTF-16", new Uint8Array([0xff, 0xfe, 0x7b, 0, 0x7d, 0])],
    ["NUL", "\0"],
  ])("of %s is refused", async (_, body) => {
    expect(await attack(post(body))).toEqual(malformed);
  });

  test.each([
    "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=x",
    "text/html",
    "text/plainx",
    "application/jsonp",
    "application/xml",
    "text",
    ",",
  ])("of the type %s is refused", async (type) => {
    expect(await attack(post(signed(notification(record), sns), { "content-type": type }))).toEqual(malformed);
  });
});

describe("keys of JSON", () => {
  const twice = (fields: Envelope, name: string, value: string): string =>
    JSON.stringify(fields).replace(/\}$/, `,${JSON.stringify(name)}:${JSON.stringify(value)}}`);

  test.each([
    ["TopicArn", "arn:aws:sns:eu-west-1:999999999999:mail", "unknown_topic"],
    ["Message", JSON.stringify({ ...record, eventType: "Bounce" }), "invalid_signature"],
    ["Type", "SubscriptionConfirmation", "malformed"],
    ["SigningCertURL", "https://evil.example/x.pem", "invalid_signature"],
    ["Signature", "AAAA", "invalid_signature"],
  ])("that come twice count as they are verified: %s", async (name, value, code) => {
    const whole = signed(notification(record), sns);
    expect(await attack(post(twice(whole, name, value)))).toMatchObject({ code });
    const first = twice({ ...whole, [name]: value }, name, String(whole[name]));
    const source = sesEventsThrough(fetch, { topicArns: [topicArn], fetchCertificate: () => sns.pem });
    expect(await source.parse(post(first))).toMatchObject([{ type: "opened" }]);
  });

  test("of the language itself change nothing", async () => {
    const whole = JSON.stringify(signed(notification(record), sns));
    expect(await attack(post(`{"__proto__":${whole}}`))).toEqual(malformed);
    const laden = whole.replace(
      /^\{/,
      '{"__proto__":{"TopicArn":"x","Subject":"y"},"constructor":{"prototype":{"polluted":1}},',
    );
    const source = sesEventsThrough(fetch, { topicArns: [topicArn], fetchCertificate: () => sns.pem });
    expect(await source.parse(post(laden))).toMatchObject([{ type: "opened" }]);

    const inner = `{"__proto__":{"eventType":"Bounce","polluted":1},"eventType":"Open","mail":{"__proto__":{"messageId":"x"}}}`;
    const [event] = await source.parse(post(signed(notification(inner), sns)));
    expect(event).toMatchObject({ type: "opened" });
    expect(event).not.toHaveProperty("providerId");
    expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
    expect(await attack(post(signed(notification('{"__proto__":{"eventType":"Open"}}'), sns)))).toMatchObject({
      code: "malformed",
    });
  });
});

describe("a certificate that cannot be had", () => {
  const unreachable = async (request: Request) => {
    await using server = await snsServer((response) => response.writeHead(503).end());
    const source = sesEventsThrough(server.fetch, { topicArns: [topicArn] });
    const error = await refused(source.parse(request));
    return { error, status: source.statusFor?.(error), requests: server.requests };
  };

  test("makes SNS come again", async () => {
    const { error, status, requests } = await unreachable(post(signed(confirmation(), sns)));
    expect(error).toBeInstanceOf(UnverifiedError);
    expect(MailEventError.is(error)).toBe(true);
    expect({ code: error.code, status, requests }).toEqual({
      code: "invalid_signature",
      status: 503,
      requests: ["GET /SimpleNotificationService-0123abcd.pem"],
    });
  });

  test("is not asked for where the message is refused before", async () => {
    const other = notification(record, { TopicArn: "arn:aws:sns:eu-west-1:999999999999:mail" });
    expect(await unreachable(post(signed(other, sns)))).toMatchObject({ status: 401, requests: [] });
  });
});

test("no error holds a body, a token or a signature", async () => {
  const secret = "s3cret-0815";
  const requests = [
    post(`{"${secret}`),
    post(signed(notification(secret, { TopicArn: "arn:aws:sns:eu-west-1:1:x" }), sns)),
    post({ ...signed(confirmation({ Token: secret }), sns), Signature: Buffer.from(secret).toString("base64") }),
    post(signed(notification(`{"${secret}":`), sns)),
    post(signed(confirmation({ Token: secret, SubscribeURL: `https://evil.example/?Token=${secret}` }), sns)),
  ];
  const source = sesEventsThrough(fetch, { topicArns: [topicArn], fetchCertificate: () => sns.pem });
  for (const request of requests) {
    const error = await refused(source.parse(request));
    expect(`${error.message} ${error.hint} ${String(error.cause)}`).not.toContain(secret);
  }
});
