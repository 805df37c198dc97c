import { inspect } from "node:util";
import { describe, expect, test, vi } from "vitest";
import { errorTable, type MailErrorCode } from "./error-code.ts";
import { amendError, MailError, toMailError } from "./mail-error.ts";

const full = new MailError("550 no such user", {
  code: "recipient_rejected",
  scope: "message",
  retryable: true,
  retryAfterMs: 0,
  delivery: "unknown",
  transport: "smtp",
  field: "to[1]",
  response: { smtpCode: 550, enhancedCode: "5.1.1", text: "no such user" },
  hint: "Check the address.",
  cause: null,
  attempts: [{ transport: "smtp", at: new Date(), durationMs: 3 }],
});

describe("a MailError", () => {
  test.each(Object.entries(errorTable))("%s has the table's scope unless told otherwise", (code, kind) => {
    const error = new MailError("x", { code: code as MailErrorCode });
    expect(error).toMatchObject({ code, ...kind, delivery: "not_sent", attempts: [], name: "MailError" });
    for (const field of ["retryAfterMs", "transport", "field", "response", "hint", "cause"])
      expect(error).not.toHaveProperty(field);
  });

  test("is told by MailError.is across copies of the package", async () => {
    vi.resetModules();
    const copy = await import("./mail-error.ts");
    expect(copy.MailError).not.toBe(MailError);
    const foreign = new copy.MailError("x", { code: "dns", hint: "y" });
    expect(foreign).not.toBeInstanceOf(MailError);
    expect(MailError.is(foreign)).toBe(true);
    expect(toMailError(foreign)).toBe(foreign);
    expect(amendError(foreign, { transport: "a" })).toMatchObject({ code: "dns", hint: "y", transport: "a" });
  });

  test.each([undefined, null, "x", {}, new Error("x"), { name: "MailError", code: "dns", mailError: "mail-error-1" }])(
    "is not %o",
    (value) => {
      expect(MailError.is(value)).toBe(false);
    },
  );

  test("shows code, hint and response when inspected, and no mark of its class", () => {
    expect(inspect(full)).toMatch(/550 no such user[\s\S]*recipient_rejected[\s\S]*Check the address/);
    expect(inspect(full)).not.toContain("mail-error-1");
  });
});

describe("an amended error", () => {
  test("keeps everything that is not changed, stack and cause too", () => {
    const amended = amendError(full, {});
    expect(amended).not.toBe(full);
    expect({ ...amended, message: amended.message, stack: amended.stack, cause: amended.cause }).toEqual({
      ...full,
      message: full.message,
      stack: full.stack,
      cause: null,
    });
  });

  test("takes changes to every field, in its stack too", () => {
    const amended = amendError(full, {
      message: "$& gone",
      code: "dns",
      delivery: "not_sent",
      transport: "b",
      cause: 1,
    });
    expect(amended).toMatchObject({ message: "$& gone", code: "dns", delivery: "not_sent", transport: "b", cause: 1 });
    expect(amended.stack).toContain("$& gone");
    expect(amended.stack).not.toContain("550 no such user");
    expect(amended.field).toBe("to[1]");
    expect(full.transport).toBe("smtp");
  });
});

describe("whatever a foreign transport threw", () => {
  test.each([new Error("x"), "x", 5, undefined, null, Symbol("x"), Object.create(null), { toString: 5 }])(
    "becomes a MailError with an unknown outcome: %o",
    (thrown) => {
      expect(toMailError(thrown)).toMatchObject({ code: "unknown", delivery: "unknown", retryable: false });
    },
  );
});
