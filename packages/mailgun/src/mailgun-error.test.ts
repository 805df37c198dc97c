import { inspect } from "node:util";
import { expect, test } from "vitest";
import { mailgun } from "./index.ts";
import { mswMailgun } from "./msw-mailgun.fixture.ts";
import { failure, key, send } from "./send.fixture.ts";

const other = mswMailgun();
const transport = mailgun({ apiKey: key, domain: "mg.acme.example" });

const invalidAddress = (name: string): string =>
  `'${name}' parameter is not a valid address. please check documentation`;

test.each([
  [400, invalidAddress("to"), { code: "recipient_rejected", scope: "recipient", retryable: false, field: "to" }],
  [400, invalidAddress("cc"), { code: "recipient_rejected", scope: "recipient", field: "cc" }],
  [400, invalidAddress("bcc"), { code: "recipient_rejected", scope: "recipient", field: "bcc" }],
  [400, invalidAddress("from"), { code: "invalid_message", scope: "message", field: "from" }],
  [400, invalidAddress("h:reply-to"), { code: "invalid_message", scope: "message", field: "replyTo" }],
  [
    400,
    "Domain mg.acme.example is not allowed to send: The domain is unverified",
    { code: "permission", scope: "transport" },
  ],
  [400, "Free accounts are for test purposes only. Please upgrade", { code: "permission", scope: "transport" }],
  [403, "Sandbox subdomains are for test purposes only.", { code: "permission", scope: "transport" }],
  [403, "Your account is not activated", { code: "permission", scope: "transport" }],
  [400, "Too many recipients", { code: "invalid_message", scope: "message", retryable: false }],
  [400, "Sending options (o:, h:, v:) are limited to 16 kB", { code: "invalid_message", scope: "message" }],
  [401, "Forbidden", { code: "authentication", scope: "transport", retryable: false }],
  [402, "Payment required", { code: "quota_exceeded", scope: "transport", retryable: true, retryAfterMs: 3_600_000 }],
  [
    403,
    "Account is not allowed to send large batches",
    { code: "policy_rejected", scope: "transport", retryable: false },
  ],
  [403, "IP rejected", { code: "policy_rejected", scope: "transport" }],
  [404, "Domain not found: mg.acme.example", { code: "configuration", scope: "transport", field: "domain" }],
  [408, "Request timeout", { code: "timeout", scope: "transport", retryable: true }],
  [413, "Request body too large", { code: "message_too_large", scope: "message", retryable: false }],
  [429, "Too many requests", { code: "rate_limited", scope: "transport", retryable: true }],
  [418, "I'm a teapot", { code: "unknown", scope: "transport", retryable: false }],
])("%i %j is told apart", async (status, message, expected) => {
  other.answer({ message }, { status });
  const error = await failure(send(transport));
  expect(error).toMatchObject({ ...expected, delivery: "not_sent", response: { status, text: message } });
  expect(error.hint).toBeTruthy();
  expect(error.attempts).toHaveLength(1);
});

test.each([500, 502, 503, 504])("%i may have been sent all the same", async (status) => {
  other.answer("<html>Bad Gateway</html>", { status });
  expect(await failure(send(transport))).toMatchObject({
    code: "unavailable",
    retryable: true,
    delivery: "unknown",
    response: { status, text: "<html>Bad Gateway</html>" },
  });
});

test("a text without JSON is shown", async () => {
  other.answer("Forbidden", { status: 401 });
  expect(await failure(send(transport))).toMatchObject({
    code: "authentication",
    response: { status: 401, text: "Forbidden" },
  });
});

test("a long page is cut", async () => {
  other.answer("x".repeat(100_000), { status: 502 });
  expect((await failure(send(transport))).response?.text?.length).toBeLessThanOrEqual(500);
});

test("Retry-After says how long to wait", async () => {
  other.answer({ message: "Too many requests" }, { status: 429, headers: { "Retry-After": "17" } });
  expect(await failure(send(transport))).toMatchObject({ code: "rate_limited", retryAfterMs: 17_000 });
});

test.each([
  (at: Date) => at.toUTCString(),
  (at: Date) => at.toUTCString().replace("GMT", "+0000"),
  (at: Date) => at.toUTCString().replace("GMT", "UTC"),
])("the date in a 429's text says how long to wait (%#)", async (format) => {
  const at = new Date(Date.now() + 90_000);
  other.answer(
    { message: `Domain exceeded its rate of requests, please try again after ${format(at)}` },
    { status: 429 },
  );
  const { retryAfterMs = 0 } = await failure(send(transport));
  expect(retryAfterMs).toBeGreaterThan(60_000);
  expect(retryAfterMs).toBeLessThanOrEqual(90_000);
});

test("the API's root is no success but a wrong address", async () => {
  other.answer("Mailgun Magnificent API", { status: 200 });
  expect(await failure(send(transport))).toMatchObject({
    code: "configuration",
    delivery: "not_sent",
    response: { status: 200 },
  });
});

test.each([
  ["a page", "<html>Please log in</html>"],
  ["nothing", ""],
  ["no id", { message: "Queued. Thank you." }],
  ["an empty id", { id: "", message: "Queued. Thank you." }],
  ["an id that is no text", { id: 7 }],
  ["a list", []],
  ["null", null],
])("200 with %s is an error, and the outcome unknown", async (_, body) => {
  other.answer(body, { status: 200 });
  expect(await failure(send(transport))).toMatchObject({
    code: "configuration",
    delivery: "unknown",
    response: { status: 200 },
  });
});

test("neither transport nor error shows the key", async () => {
  other.answer({ message: `Forbidden: ${key} and ${Buffer.from(`api:${key}`).toString("base64")}` }, { status: 401 });
  const error = await failure(send(transport));
  for (const shown of [
    inspect(error, { depth: 20, showHidden: true }),
    JSON.stringify(error),
    inspect(transport, { depth: 20, showHidden: true }),
  ]) {
    expect(shown).not.toContain(key);
    expect(shown).not.toContain(Buffer.from(`api:${key}`).toString("base64"));
  }
});

test("verify asks without sending, and takes the refusal of an empty mail as a yes", async () => {
  const context = { signal: new AbortController().signal, log: console };
  other.answer({ message: invalidAddress("from") }, { status: 400 });
  await transport.verify?.(context);
  const form = await other.form();
  expect([...form.keys()]).toEqual(["o:testmode"]);
});

test.each([
  [401, "Forbidden", "authentication"],
  [404, "Domain not found", "configuration"],
  [400, "Domain mg.acme.example is not allowed to send: unverified", "permission"],
  [500, "Internal error", "unavailable"],
  [200, "Mailgun Magnificent API", "configuration"],
])("verify tells %i %j", async (status, text, code) => {
  other.answer(status === 200 ? text : { message: text }, { status });
  const context = { signal: new AbortController().signal, log: console };
  expect((await failure(Promise.resolve(transport.verify?.(context)))).code).toBe(code);
});
