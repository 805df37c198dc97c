import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { formatAddress } from "./address.ts";
import { MailError } from "./mail-error.ts";
import { parseAddress, parseAddresses } from "./parse-address.ts";

describe("an address that is right", () => {
  test.each([
    ["ada@example.com", { address: "ada@example.com" }],
    ["  ada@example.com ", { address: "ada@example.com" }],
    ["Ada <ada@example.com>", { name: "Ada", address: "ada@example.com" }],
    ["<ada@example.com>", { address: "ada@example.com" }],
    ['"Smith, Ada" <ada@example.com>', { name: "Smith, Ada", address: "ada@example.com" }],
    ['"a \\"b\\" \\\\ c" <ada@example.com>', { name: 'a "b" \\ c', address: "ada@example.com" }],
    ["John Q. Public <j@example.com>", { name: "John Q. Public", address: "j@example.com" }],
    ["Åsa Öberg <asa@example.com>", { name: "Åsa Öberg", address: "asa@example.com" }],
    ["Ada@EXAMPLE.com", { address: "Ada@example.com" }],
    ["x@bücher.example", { address: "x@xn--bcher-kva.example" }],
    ["jörg@example.com", { address: "jörg@example.com" }],
    ["a+b_c/d=e@example.com", { address: "a+b_c/d=e@example.com" }],
    ['"a b"@example.com', { address: '"a b"@example.com' }],
    ['"a@b"@example.com', { address: '"a@b"@example.com' }],
    ["root@localhost", { address: "root@localhost" }],
    ["a@[192.0.2.1]", { address: "a@[192.0.2.1]" }],
    ["a@[IPv6:2001:db8::1]", { address: "a@[IPv6:2001:db8::1]" }],
  ])("%s is read as one mailbox", (text, expected) => {
    expect(parseAddress(text, "to")).toEqual(expected);
  });

  test("an object keeps a name that would need quotes", () => {
    expect(parseAddress({ name: "Smith, Ada <x>", address: "ada@example.com" }, "to")).toEqual({
      name: "Smith, Ada <x>",
      address: "ada@example.com",
    });
  });
});

describe("a name that makes a line too long is refused", () => {
  test.each([
    ["a".repeat(600), undefined],
    ["a".repeat(601), "601 characters"],
    ['"'.repeat(300), undefined],
    ['"'.repeat(301), "602 characters"],
    ["\\".repeat(301), "602 characters"],
  ])("%s", (name, problem) => {
    const parse = (): unknown => parseAddress({ name, address: "ada@example.com" }, "to");
    if (problem === undefined) expect(parse()).toEqual({ name, address: "ada@example.com" });
    else expect(parse).toThrow(problem);
  });
});

describe("an address that is wrong is refused with its field", () => {
  test.each([
    ["", "is empty"],
    ["   ", "is empty"],
    ["ada", "has no @"],
    ["@example.com", "nothing on one side"],
    ["ada@", "nothing on one side"],
    ["a@example.com, b@example.com", "more than one address"],
    ["a@example.com;b@example.com", "more than one address"],
    ["a@example.com b@example.com", "more than one address"],
    ["a@x.example <b@example.com>", "more than one address"],
    ["Smith, Ada <ada@example.com>", "unquoted name"],
    ["Ada <a@example.com> <b@example.com>", "more than one address"],
    ["Ada <ada@example.com> extra", "after the address"],
    ['"Ada <ada@example.com>', "address"],
    ["ada@example.com (Ada)", "bad domain"],
    ["friends: a@example.com;", "is not an address"],
    ["a..b@example.com", "is not an address"],
    ['"<eve@evil.example>"@example.com', "is not an address"],
    ['"a\\<b\\>"@example.com', "is not an address"],
    [".a@example.com", "is not an address"],
    ["a@-example.com", "bad domain"],
    ["a@example..com", "bad domain"],
    ["a@example.com.", "bad domain"],
    ["a@exa_mple.com", "bad domain"],
    ["a@1.2.3.4", "bad domain"],
    ["a@0x7f.1", "bad domain"],
    ["a@[1.2.3.400]", "address literal"],
    [`${"a".repeat(65)}@example.com`, "64 bytes"],
    [`a@${"b".repeat(64)}.com`, "bad domain"],
    ["a@example.com\r\nBcc: x@example.com", "a carriage return"],
    ["A\nda <a@example.com>", "a line feed"],
    ["a\0@example.com", "NUL"],
    ["Ada\u2028 <a@example.com>", "control character"],
    ["Ada\u0085 <a@example.com>", "control character"],
    ["\ud800 <a@example.com>", "surrogate"],
  ])("%j", (text, problem) => {
    let error: unknown;
    try {
      parseAddress(text, "to[3]", "invalid_recipient");
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toMatchObject({
      code: "invalid_recipient",
      field: "to[3]",
      message: expect.stringContaining(problem),
    });
    expect(MailError.is(error) && error.hint).toBeTruthy();
    expect(MailError.is(error) && error.message).not.toMatch(/[\r\n\0\u0085\u2028]/);
  });

  test.each([
    [undefined],
    [null],
    [5],
    [{}],
    [{ address: 5 }],
    [{ name: 5, address: "a@example.com" }],
    [["a@example.com"]],
  ])("%j is no address", (value) => {
    expect(() => parseAddress(value as never, "from")).toThrow(
      expect.objectContaining({ code: "invalid_message", field: "from" }),
    );
  });

  test("an entry of a list is named by its index", () => {
    expect(() => parseAddresses(["a@example.com", ""], "cc")).toThrow(expect.objectContaining({ field: "cc[1]" }));
  });
});

describe("whatever the input", () => {
  test("parsing ends with one safe mailbox or a MailError", () => {
    const piece = fc.constantFrom(
      "a",
      "é",
      "@",
      "<",
      ">",
      '"',
      "\\",
      ",",
      ";",
      " ",
      ".",
      "\r",
      "\n",
      "\0",
      "x.example",
      "[",
      "]",
      "\u0085",
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(piece, { maxLength: 30 }).map((parts) => parts.join("")),
        ),
        (text) => {
          try {
            const { name = "", address } = parseAddress(text, "to");
            expect(`${name}${address}`).not.toMatch(/[\r\n\0]/);
            expect(address.slice(address.lastIndexOf("@") + 1)).toMatch(/^[a-z0-9.[\]:-]+$/i);
          } catch (error) {
            expect(MailError.is(error)).toBe(true);
          }
        },
      ),
      { numRuns: 2000 },
    );
  });

  test("a name that is written is read back the same", () => {
    const name = fc.string({ unit: "grapheme", minLength: 1 }).map((text) =>
      text
        .replace(/\p{C}|\u2028|\u2029/gu, "")
        .replace(/\s+/g, " ")
        .trim(),
    );
    fc.assert(
      fc.property(
        name.filter((text) => text !== ""),
        (text) => {
          expect(parseAddress(formatAddress({ name: text, address: "a@example.com" }), "to").name).toBe(text);
        },
      ),
      { numRuns: 1000 },
    );
  });

  test.each([
    ['"a@b"@example.com', '<"a@b"@example.com>'],
    ["a@[IPv6:2001:db8::1]", "<a@[IPv6:2001:db8::1]>"],
    ["a@example.com", "a@example.com"],
  ])("%s is written as %s, which every reader takes for one address", (address, written) => {
    expect(formatAddress({ address })).toBe(written);
    expect(parseAddress(written, "to")).toEqual({ address });
  });

  test.each([
    "a".repeat(100_000),
    `${'"'.repeat(100_000)}`,
    `${"a@".repeat(50_000)}`,
    `${"a.".repeat(50_000)}@x`,
    `${"<".repeat(100_000)}`,
    `${" ".repeat(100_000)}a`,
  ])("100,000 characters are refused", (text) => {
    expect(() => parseAddress(text, "to")).toThrow(MailError);
  });
});
