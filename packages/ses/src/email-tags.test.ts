import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeEmailTag, emailTags, encodeEmailTag } from "./email-tags.ts";

const text = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.string({ unit: fc.constantFrom("-", "x", "2", "0", "d", "_", " ", "é", "😀"), maxLength: 30 }),
);

describe("email tags", () => {
  it("have only the characters that SES allows, and come back as they were", () => {
    fc.assert(
      fc.property(text, (value) => {
        const encoded = encodeEmailTag(value);
        expect(encoded).toMatch(/^[A-Za-z0-9_-]+$/);
        expect(decodeEmailTag(encoded)).toBe(value);
      }),
      { numRuns: 1000 },
    );
  });

  it("stay as they are where SES allows them", () => {
    expect(encodeEmailTag("mail_id")).toBe("mail_id");
    expect(encodeEmailTag("0190-abc_DEF")).toBe("0190-abc_DEF");
  });

  it("are readable where SES does not", () => {
    expect(encodeEmailTag("order 4711")).toBe("order-x20-4711");
    expect(encodeEmailTag("-x20-")).toBe("-x2d-x20-");
    expect(encodeEmailTag("")).toBe("-x-");
  });

  it("that somebody else wrote are decoded as far as they can be", () => {
    expect(decodeEmailTag("plain")).toBe("plain");
    expect(decodeEmailTag("-xffffff-")).toBe("-xffffff-");
  });

  it("carry the mail's id, its tags and its metadata", () => {
    expect(emailTags({ id: "id-1", tags: ["welcome", "a b"], metadata: { user: "7", "a.b": "ü" } })).toEqual({
      tags: [
        { Name: "mail_id", Value: "id-1" },
        { Name: "tag_1", Value: "welcome" },
        { Name: "tag_2", Value: "a-x20-b" },
        { Name: "user", Value: "7" },
        { Name: "a-x2e-b", Value: "-xfc-" },
      ],
      unfit: [],
    });
  });

  it("that would be longer than 256 characters are left out by field", () => {
    expect(emailTags({ id: "id-1", tags: ["ü".repeat(60)], metadata: { user: "7" } })).toEqual({
      tags: [
        { Name: "mail_id", Value: "id-1" },
        { Name: "user", Value: "7" },
      ],
      unfit: ["tags"],
    });
    expect(emailTags({ id: "id-1", tags: [], metadata: { note: " ".repeat(52) } }).unfit).toEqual(["metadata"]);
  });
});
