import { inspect } from "node:util";
import { createMailer, MailError, type Receipt, type Transport } from "@mail/core";
import { mailgun } from "@mail/mailgun";
import { sendgrid } from "@mail/sendgrid";
import { ses } from "@mail/ses";
import fc from "fast-check";
import { expect, test } from "vitest";
import { type Api, acceptance, httpAnswer, refusal } from "../faults/servers/api-answers.ts";
import { holdsForEach, inTime, patienceMs } from "./fuzz.ts";
import { type ApiFuzzServer, type ApiPlan, apiFuzzServer } from "./servers/api-fuzz-server.ts";
import { mutations, type WireAnswer } from "./wire-answer.ts";

const timeoutMs = 150;

const transports: Readonly<Record<Api, (url: string) => Transport>> = {
  sendgrid: (baseUrl) => sendgrid({ apiKey: "SG.s3cret-key", baseUrl, timeoutMs }),
  mailgun: (baseUrl) => mailgun({ apiKey: "key-s3cret", domain: "mg.acme.example", baseUrl, timeoutMs }),
  ses: (endpoint) =>
    ses({
      region: "eu-west-1",
      credentials: { accessKeyId: "AKIAEXAMPLE", secretAccessKey: "s3cret-key" },
      endpoint,
      timeoutMs,
    }),
};

const pieces = [
  "\r\n",
  "\r\n\r\n",
  "\n",
  "\0",
  " ",
  "{",
  '"',
  "HTTP/1.1 100 Continue\r\n\r\n",
  "HTTP/1.1 103 Early Hints\r\nLink: <x>\r\n\r\n",
  "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
  "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n",
  "Transfer-Encoding: chunked\r\n",
  "Content-Length: 3\r\n",
  "Content-Length: 99999999999999999999\r\n",
  "Content-Encoding: gzip\r\n",
  "Content-Encoding: br\r\n",
  "Content-Type: text/html\r\n",
  "Retry-After: Sun, 99 Nov 2026 99:99:99 GMT\r\n",
  "Retry-After: 99999999999999999999\r\n",
  "X-RateLimit-Reset: -1\r\n",
  `X-Long: ${"x".repeat(20_000)}\r\n`,
  "<html>",
  "\u00ff\u00fe",
];

/** Bodies that are hard to bear, and still an answer. */
const hardBodies = [
  "[".repeat(200_000),
  `${'{"a":'.repeat(50_000)}1${"}".repeat(50_000)}`,
  '{"__proto__":{"id":"x"},"constructor":null,"errors":{"length":1e9}}',
  '{"errors":[null,1,[],{"message":{}},{"message":"x","field":"personalizations.99999999.to"}]}',
  '{"id":{},"message":[],"MessageId":[]}',
  '{"id":"<<<>>>","message":""}',
  "null",
  '"text"',
  "x".repeat(900_000),
  "\ufeff{}",
];

const unbounded: readonly Omit<WireAnswer, "bytes">[] = [
  "a",
  "X-A: b\r\n",
  "1\r\na\r\n",
  "HTTP/1.1 100 Continue\r\n\r\n",
].map((unit) => ({ endless: Buffer.from(unit) }));
const starts = [
  "",
  "HTTP/1.1 200 OK\r\n",
  "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n",
  "HTTP/1.1 202 Accepted\r\nContent-Length: 99999999999\r\n\r\n",
  "HTTP/1.1 500 No\r\n\r\n",
];

function answers(api: Api): fc.Arbitrary<Pick<ApiPlan, "yes" | "answer">> {
  const { status, body, headers = {} } = acceptance[api];
  const yes = httpAnswer(status, body, headers);
  const chunked = yes
    .replace(/Content-Length: \d+/, "Transfer-Encoding: chunked")
    .replace(body, () => `${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`);
  const refusals = [400, 401, 403, 413, 429, 500, 503].map((code) => refusal(api, code));
  const decided = fc.oneof(
    fc.constantFrom(yes, yes, chunked).map((text) => ({ yes: true, text })),
    fc.constantFrom(...refusals).map((text) => ({ yes: false, text })),
    fc
      .tuple(fc.boolean(), fc.constantFrom(200, 202, 204, 400, 429, 500, 502), fc.constantFrom(...hardBodies))
      .map(([taken, code, hard]) => ({ yes: taken, text: httpAnswer(code, hard) })),
  );
  const end = fc.constantFrom("close", "reset", "silence", undefined, undefined);
  const spoiled: fc.Arbitrary<(bytes: Buffer) => WireAnswer> = fc.oneof(
    { weight: 10, arbitrary: mutations(pieces).map((change) => (bytes: Buffer) => ({ bytes: change(bytes) })) },
    { weight: 1, arbitrary: fc.constant((bytes: Buffer) => ({ bytes })) },
    { weight: 1, arbitrary: fc.constant((bytes: Buffer) => ({ bytes: bytes.subarray(0, 500), dripBytes: 1 })) },
    {
      weight: 1,
      arbitrary: fc.tuple(fc.constantFrom(...starts), fc.constantFrom(...unbounded)).map(([start, rest]) => () => ({
        bytes: Buffer.from(start),
        ...rest,
      })),
    },
  );
  return fc.tuple(decided, spoiled, end).map(([{ yes: taken, text }, spoil, how]) => ({
    yes: taken,
    answer: { ...spoil(Buffer.from(text)), ...(how !== undefined && { end: how }) },
  }));
}

interface Case extends ApiPlan {
  readonly bodyBytes: number;
}

const cases = (api: Api): fc.Arbitrary<Case> =>
  fc
    .record({
      plan: answers(api),
      early: fc.constantFrom(false, false, false, true),
      bodyBytes: fc.constantFrom(10, 10, 3_000_000),
    })
    .map(({ plan, ...rest }) => ({ ...plan, ...rest }));

/** What the app must not be told, given what the server has decided. */
function untruths(told: Receipt | MailError, server: ApiFuzzServer, subject: string, { answer }: Case): string[] {
  const copies = server.taken.filter((body) => body.includes(subject));
  // A status that says no is a no: nobody can see that it was a yes once.
  const statuses = [...answer.bytes.toString("latin1").matchAll(/HTTP\/\d\.\d *(\d\d\d)/g)].map(
    ([, status]) => status ?? "",
  );
  const saysNo = statuses.some((status) => /^(?:3..|4..|50[013])$/.test(status));
  const saysYes = statuses.some((status) => status.startsWith("2"));
  if (copies.length > 1) return ["the mail was taken twice"];
  if (MailError.is(told))
    return told.delivery === "not_sent" && copies.length > 0 && !saysNo ? ["taken, but told as not sent"] : [];
  return copies.length === 0 && !saysYes ? ["not taken, but told as sent"] : [];
}

async function sendTwo(api: Api, plan: Case): Promise<void> {
  await using server = await apiFuzzServer(plan);
  await using mailer = createMailer({ transport: transports[api](server.url) });
  for (const subject of ["First mail", "Second mail"]) {
    const message = { from: "hello@acme.example", to: "ada@example.com", subject, text: "x".repeat(plan.bodyBytes) };
    const told = await inTime(mailer.send(message).catch((thrown: unknown) => thrown));
    if (!MailError.is(told) && told instanceof Error) throw told;
    expect(untruths(told as Receipt | MailError, server, subject, plan)).toEqual([]);
    expect(inspect(told, { depth: 6 })).not.toMatch(/s3cret/);
  }
  expect(server.faults).toEqual([]);
}

test.each(["sendgrid", "mailgun", "ses"] as const)(
  "whatever answers for %s, a mail ends in time with a receipt or a MailError, and neither is untrue",
  (api) => holdsForEach(cases(api), 64, (plan) => sendTwo(api, plan)),
  patienceMs,
);
