import { describe, expect, it, onTestFinished, vi } from "vitest";
import { errorOf, interceptSendgrid, mailerFor, message } from "./sendgrid-api.fixture.ts";

const api = interceptSendgrid();

function complaint(text: string, field: string | null = null) {
  return { errors: [{ message: text, field, help: "https://sendgrid.com/docs" }] };
}

const grant = "The provided authorization grant is invalid, expired, or revoked";
const identity = "The from address does not match a verified Sender Identity. Mail cannot be sent until resolved.";

describe("an answer of SendGrid", () => {
  it.each([
    [400, complaint("Bad Request"), { code: "invalid_message", scope: "message" }],
    [
      400,
      complaint("Does not contain a valid address.", "personalizations.0.to.0.email"),
      { code: "recipient_rejected", scope: "recipient", field: "to[0]" },
    ],
    [
      400,
      complaint("There is a limit of 1000 total recipients.", "personalizations.0.to"),
      { code: "invalid_message", field: "to" },
    ],
    [401, complaint(grant), { code: "authentication" }],
    [401, complaint("Maximum credits exceeded"), { code: "quota_exceeded", retryAfterMs: 3_600_000 }],
    [401, complaint("Authenticated user is not authorized to send mail"), { code: "permission" }],
    [403, complaint("access forbidden"), { code: "permission" }],
    [403, complaint(identity, "from"), { code: "permission", field: "from" }],
    [404, "<html>nginx</html>", { code: "configuration" }],
    [408, "", { code: "timeout", scope: "transport", retryable: true }],
    [413, complaint("Payload too large"), { code: "message_too_large", scope: "message" }],
    [418, "", { code: "unknown" }],
    [429, complaint("too many requests"), { code: "rate_limited" }],
    [500, complaint("Internal error"), { code: "unavailable" }],
    [503, "<html>down</html>", { code: "unavailable" }],
    [302, "", { code: "configuration" }],
  ])("%i %j is %j, and the mail was not sent", async (status, body, expected) => {
    api.answer(status, body, status === 302 ? { Location: "https://proxy.example/elsewhere" } : {});
    const error = await errorOf(mailerFor().send(message));
    expect(error).toMatchObject({ ...expected, delivery: "not_sent", transport: "sendgrid", response: { status } });
    expect(error.hint).toBeTruthy();
    expect(api.requests).toHaveLength(1);
  });

  it.each([502, 504, 524])("%i of a gateway leaves open whether the mail went out", async (status) => {
    api.answer(status, "<html>Bad gateway</html>");
    expect(await errorOf(mailerFor().send(message))).toMatchObject({ code: "unavailable", delivery: "unknown" });
  });

  it("is understood in a working directory whose name is no regular expression", async () => {
    const cwd = vi.spyOn(process, "cwd").mockReturnValue("/srv/app (old");
    onTestFinished(() => cwd.mockRestore());
    api.answer(400, complaint("No."));
    expect(await errorOf(mailerFor().send(message))).toMatchObject({ code: "invalid_message" });
  });

  it("brings its texts along, cut to a sensible length", async () => {
    api.answer(400, { errors: [{ message: "One." }, { message: "x".repeat(5000) }] });
    const error = await errorOf(mailerFor().send(message));
    expect(error.response?.text).toMatch(/^One\.; x{1000}$/);
  });
});

describe("the time to wait", () => {
  const now = "Mon, 23 Nov 2026 21:00:00 GMT";
  const reset = String(Date.parse(now) / 1000 + 42);

  it.each([
    [{ "X-RateLimit-Reset": reset, Date: now }, 42_000],
    [{ "X-RateLimit-Reset": reset, Date: now, "Retry-After": "7" }, 7_000],
    [{ "X-RateLimit-Reset": "1", Date: now }, 0],
    [{ "X-RateLimit-Reset": "soon" }, undefined],
    [{}, undefined],
  ])("after a 429 with %j is %s ms", async (headers, retryAfterMs) => {
    api.answer(429, complaint("too many requests"), headers);
    expect((await errorOf(mailerFor().send(message))).retryAfterMs).toBe(retryAfterMs);
  });

  it("of used-up credits is what SendGrid says", async () => {
    api.answer(401, complaint("Maximum credits exceeded"), { "Retry-After": "60" });
    expect(await errorOf(mailerFor().send(message))).toMatchObject({ code: "quota_exceeded", retryAfterMs: 60_000 });
  });
});

describe("the field of the message behind the field of the request", () => {
  it.each([
    ["personalizations.0.to.1.email", "to[1]"],
    ["personalizations.0.cc.0.email", "cc[0]"],
    ["personalizations.0.bcc", "bcc"],
    ["personalizations", "to"],
    ["from.email", "from"],
    ["reply_to_list.0.email", "replyTo"],
    ["subject", "subject"],
    ["content.0.value", "text"],
    ["content.1.value", "html"],
    ["content.2.type", "calendar"],
    ["attachments.0.content", "attachments[0].content"],
    ["attachments.0.type", "attachments[0].contentType"],
    ["categories.1", "tags[1]"],
    ["custom_args", "metadata"],
    ["headers.X-Own", "headers.X-Own"],
    ["send_at", "sendAt"],
    ["asm.group_id", "providerOptions.sendgrid"],
    ["something_new", undefined],
  ])("%s is %s", async (apiField, field) => {
    api.answer(400, complaint("No.", apiField));
    const error = await errorOf(
      mailerFor().send({
        ...message,
        to: ["ada@example.com", "bob@example.com"],
        cc: "cy@example.com",
        html: "<p>Hello</p>",
        calendar: { content: "BEGIN:VCALENDAR\nEND:VCALENDAR" },
      }),
    );
    expect(error.field).toBe(field);
  });
});
