import { randomUUID } from "node:crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { fromBase32, toBase32 } from "./base32.ts";
import { verpAddress, verpProof } from "./verp-address.ts";
import { verpSettings } from "./verp-options.ts";

const address = "Bounces.mail_1@Acme.example";
const settings = verpSettings({ address, secret: "correct horse battery staple" });
const id = "019b1c2d-3e4f-7a5b-8c6d-7e8f9a0b1c2d";
const signed = verpAddress(settings, id, "ada@example.com") ?? "";
const token = /\+(.*)@/.exec(signed)?.[1] ?? "";

test("base32 comes back as it was, and is that of RFC 4648 section 10", () => {
  expect(toBase32(Buffer.from("foobar"))).toBe("mzxw6ytboi");
  expect(toBase32(Buffer.from("foob"))).toBe("mzxw6yq");
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
      expect(fromBase32(toBase32(bytes).toUpperCase())).toEqual(bytes);
    }),
  );
});

describe("a signed return path", () => {
  test("is an ordinary address within its 64 bytes, whatever mail and recipient it is for", () => {
    fc.assert(
      fc.property(fc.uuid(), fc.emailAddress(), (mailId, recipient) => {
        const path = verpAddress(settings, mailId, recipient) ?? "";
        expect(path).toMatch(/^bounces\.mail_1\+[a-z2-7]{48}@acme\.example$/);
        expect(path.indexOf("@")).toBeLessThanOrEqual(64);
        const proof = verpProof(settings, /\+(.*)@/.exec(path)?.[1] ?? "");
        expect(proof?.mailId).toBe(mailId.toLowerCase());
        expect(proof?.isFor(recipient)).toBe(true);
        expect(proof?.isFor(`x${recipient}`)).toBe(false);
      }),
    );
  });

  test("is the same each time, and another for each mail and recipient", () => {
    expect(verpAddress(settings, id, "ada@example.com")).toBe(signed);
    expect(verpAddress(settings, id, "bob@example.com")).not.toBe(signed);
    expect(verpAddress(settings, randomUUID(), "ada@example.com")).not.toBe(signed);
  });

  test("survives servers that change the case, and spellings of the recipient", () => {
    const proof = verpProof(settings, token.toUpperCase());
    expect(proof?.mailId).toBe(id);
    expect(proof?.isFor("ADA@EXAMPLE.COM")).toBe(true);
    const idn = verpAddress(settings, id, "ada@xn--bcher-kva.example") ?? "";
    expect(verpProof(settings, /\+(.*)@/.exec(idn)?.[1] ?? "")?.isFor("ada@bücher.example")).toBe(true);
  });

  test("proves nothing once any of its characters is another", () => {
    for (const [index, character] of [...token].entries()) {
      const other = character === "a" ? "b" : "a";
      expect(verpProof(settings, token.slice(0, index) + other + token.slice(index + 1))).toBeUndefined();
    }
  });

  test.each([
    "",
    "a",
    token.slice(1),
    `${token}a`,
    `${token}=`,
    token.replace(/^./, "1"),
    "0".repeat(48),
    "ü".repeat(48),
  ])("proves nothing as %j", (text) => {
    expect(verpProof(settings, text)).toBeUndefined();
  });

  test("proves nothing with another secret, at another domain or another address", () => {
    const secret = "correct horse battery staple";
    expect(verpProof(verpSettings({ address, secret: "another secret, as long" }), token)).toBeUndefined();
    expect(verpProof(verpSettings({ address: "bounces.mail_1@acme.test", secret }), token)).toBeUndefined();
    expect(verpProof(verpSettings({ address: "other@acme.example", secret }), token)).toBeUndefined();
  });

  test("is accepted with the old secret, and written with the new one", () => {
    const rotated = verpSettings({
      address,
      secret: ["a new secret, as long as that", "correct horse battery staple"],
    });
    expect(verpProof(rotated, token)?.isFor("ada@example.com")).toBe(true);
    const next = verpAddress(rotated, id, "ada@example.com") ?? "";
    expect(verpProof(settings, /\+(.*)@/.exec(next)?.[1] ?? "")).toBeUndefined();
  });

  test("is not made for what has no UUID", () => {
    expect(verpAddress(settings, "mail-1", "ada@example.com")).toBeUndefined();
  });
});
