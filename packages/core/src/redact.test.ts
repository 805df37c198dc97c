import { inspect } from "node:util";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { MailError } from "./mail-error.ts";
import { redact, redactError } from "./redact.ts";

const secret = 'p/ä+s "w\\rd&x';
const shown = (value: unknown): string => inspect(value, { depth: 20, showHidden: true });

describe("a secret in a text", () => {
  test.each([
    ["as it is", secret],
    ["in base64", Buffer.from(secret).toString("base64")],
    ["in base64url", Buffer.from(secret).toString("base64url")],
    ["percent-encoded", encodeURIComponent(secret)],
    ["percent-encoded in lower case", encodeURIComponent(secret).replace(/%../g, (code) => code.toLowerCase())],
    ["in a form", new URLSearchParams({ k: secret }).toString().slice(2)],
    ["in JSON", JSON.stringify(secret).slice(1, -1)],
    ["in a URL's password", Object.assign(new URL("https://u@x.example"), { password: secret }).password],
  ])("%s is masked", (_, form) => {
    expect(redact(`a ${form} b`, [secret])).toBe("a *** b");
  });

  test.each(["user", "api", "u", "someone@example.com"])("is masked in Basic and PLAIN logins of %s", (user) => {
    const key = "SG.0123456789abcdefghij";
    for (const login of [`${user}:${key}`, `\0${user}\0${key}`, `user=${user}\u0001auth=Bearer ${key}\u0001\u0001`]) {
      const encoded = Buffer.from(login).toString("base64");
      const clean = redact(`Authorization: Basic ${encoded}`, [key]);
      const rest = clean.split(/[^A-Za-z0-9+/=]+/).map((part) => Buffer.from(part, "base64").toString("latin1"));
      expect(rest.join()).not.toMatch(/0123456|abcdefg/);
      expect(clean).not.toContain(encoded.slice(-16));
    }
  });

  test("is masked wholly where another secret is a part of it", () => {
    expect(redact("key-abcdef", ["key-", "key-abcdef", "abcd"])).toBe("***");
  });

  test("leaves the text alone where it is too short to tell, or half a character", () => {
    expect(redact("port 587", ["587", "", "abc"])).toBe("port 587");
    expect(redact("ok", ["secret\ud800"])).toBe("ok");
  });

  test("is gone whatever it is and wherever it stands", () => {
    fc.assert(
      fc.property(fc.string({ minLength: 8, unit: "grapheme" }), fc.string(), fc.string(), (key, before, after) => {
        fc.pre(!"***".includes(key.slice(0, 1)) && !before.includes(key) && !after.includes(key));
        const text = `${before}${key}${after}`;
        fc.pre(key.isWellFormed());
        expect(redact(text, [key])).not.toContain(key);
      }),
    );
  });
});

describe("an error without its secrets", () => {
  test("keeps everything else", () => {
    const attempts = [
      { transport: "a", at: new Date(), durationMs: 1, error: new MailError(`no ${secret}`, { code: "dns" }) },
    ];
    const error = new MailError(`login ${secret}`, {
      code: "authentication",
      scope: "message",
      retryable: true,
      retryAfterMs: 5,
      delivery: "unknown",
      transport: "smtp",
      field: "auth.pass",
      response: { status: 401, smtpCode: 535, enhancedCode: "5.7.8", text: `bad ${secret}` },
      hint: `Check ${secret}.`,
      attempts,
    });
    const clean = redactError(error, [secret]);
    expect(clean).toMatchObject({
      ...error,
      message: "login ***",
      response: { status: 401, smtpCode: 535, enhancedCode: "5.7.8", text: "bad ***" },
      hint: "Check ***.",
      attempts: [{ transport: "a", error: { message: "no ***", code: "dns" } }],
    });
    expect(clean.stack?.split("\n").slice(1)).toEqual(error.stack?.split("\n").slice(1));
    expect(shown(clean)).not.toContain(secret);
  });

  const request = { headers: { authorization: `Bearer ${secret}` } };
  const deep = (levels: number): Error =>
    new Error(`level ${levels} ${secret}`, levels === 0 ? {} : { cause: deep(levels - 1) });
  const circular = new Error(secret);
  circular.cause = circular;
  class HttpError extends Error {
    readonly request = request;
    readonly code = `E_${secret}`;
    override readonly name = `HttpError ${secret}`;
  }
  test.each<[string, unknown]>([
    ["an error", new Error(secret)],
    ["an HTTP client's error", new HttpError(secret)],
    ["causes of causes", deep(30)],
    ["a cause of itself", circular],
    [
      "several errors",
      new AggregateError([new Error(secret), new HttpError(secret), secret], secret, { cause: deep(2) }),
    ],
    ["a MailError", new MailError(secret, { code: "dns", hint: secret, response: { text: secret } })],
    ["a text", secret],
    ["an object", request],
    ["a list", [secret]],
    ["an error with no text", Object.assign(new Error("x"), { message: request, stack: [secret], code: request })],
    ["a key", Symbol(secret)],
  ])("shows nothing of them in a cause: %s", (_, cause) => {
    const clean = redactError(new MailError("failed", { code: "unknown", cause }), [secret]);
    expect(clean).toMatchObject({ message: "failed", code: "unknown" });
    expect(shown(clean)).not.toContain(secret);
    expect(shown(clean)).not.toContain(JSON.stringify(secret).slice(1, -1));
  });

  test("keeps what helps to find the fault: name, code, message, and the errors below", () => {
    const refused = Object.assign(new Error("connect ECONNREFUSED ::1:587"), { code: "ECONNREFUSED" });
    const cause = Object.assign(new AggregateError([refused], ""), { code: "ECONNREFUSED" });
    const clean = redactError(
      new MailError("failed", { code: "connection", cause: new TypeError("fetch failed", { cause }) }),
      [],
    );
    expect(clean.cause).toMatchObject({ name: "TypeError", message: "fetch failed" });
    expect((clean.cause as Error).cause).toMatchObject({
      name: "AggregateError",
      code: "ECONNREFUSED",
      errors: [{ message: "connect ECONNREFUSED ::1:587", code: "ECONNREFUSED" }],
    });
  });
});
