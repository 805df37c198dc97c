import { expect, test } from "vitest";
import { UnsubscribeTokens } from "./unsubscribe-token.ts";
import { secret } from "./unsubscribing.fixture.ts";

const mailId = "019ab5d0-1c2b-7def-8123-456789abcdef";
const ada = { address: "ada@example.com", scope: "newsletter", mailId };
const tokens = new UnsubscribeTokens([secret]);

test.each([
  ada,
  { address: "ada@example.com", scope: "" },
  { address: "jos\u00e9@xn--bcher-kva.example", scope: "Ünïcode & more" },
  {
    address: `${"a".repeat(64)}@${"b".repeat(63)}.${"c".repeat(63)}.${"d".repeat(57)}.de`,
    scope: "s".repeat(128),
    mailId,
  },
])("holds $address and $scope", (grant) => {
  const token = tokens.seal(grant);
  expect(tokens.open(token)).toEqual(grant);
  expect(token).toMatch(/^[\w-]+$/);
});

test("is short, tells nothing, and is the same for the same", () => {
  const token = tokens.seal(ada);
  expect(token.length).toBeLessThan(85);
  expect(Buffer.from(token, "base64url").toString("latin1")).not.toMatch(/ada|example|news/);
  expect(tokens.seal(ada)).toBe(token);
  const others = ["bob@example.com", "adb@example.com"].map((address) => tokens.seal({ ...ada, address }));
  for (const other of others) expect(other.slice(2, 20)).not.toBe(token.slice(2, 20));
});

test("is refused where a single bit is changed, cut off or added", () => {
  const token = tokens.seal(ada);
  const bytes = Buffer.from(token, "base64url");
  for (let bit = 0; bit < bytes.length * 8; bit++) {
    const altered = Buffer.from(bytes);
    altered[bit >> 3] = (altered[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    expect(tokens.open(altered.toString("base64url"))).toBeUndefined();
  }
  for (let length = 0; length < token.length; length++) expect(tokens.open(token.slice(0, length))).toBeUndefined();
  for (const more of ["A", "=", "AAAA", " ", "%00"]) expect(tokens.open(token + more)).toBeUndefined();
});

test("is refused in another spelling of the same bytes", () => {
  const token = tokens.seal({ address: "ada@example.com", scope: "n" });
  const spellings = [
    `${token}==`,
    `${token}\n`,
    token.replace("-", "+"),
    token.replace("_", "/"),
    `${token.slice(0, -1)}${next(token.at(-1))}`,
  ];
  for (const spelling of spellings) if (spelling !== token) expect(tokens.open(spelling)).toBeUndefined();
});

function next(character = ""): string {
  return String.fromCharCode(character.charCodeAt(0) + 1);
}

test.each(["", "x", "!!!", "\0", "ada@example.com", "A".repeat(600), "A".repeat(1_000_000), "🎉".repeat(100)])(
  "refuses %.20j",
  (token) => {
    expect(tokens.open(token)).toBeUndefined();
  },
);

test("is read with old secrets and made with the first one; that of another secret is refused", () => {
  const other = "another secret that nobody can guess";
  const [old, rotated, foreign] = [tokens, new UnsubscribeTokens([other, secret]), new UnsubscribeTokens([other])];
  expect(rotated.open(old.seal(ada))).toEqual(ada);
  expect(old.open(rotated.seal(ada))).toBeUndefined();
  expect(foreign.open(rotated.seal(ada))).toEqual(ada);
  expect(foreign.open(old.seal(ada))).toBeUndefined();
});

test("cannot be put together from two others", () => {
  const [one, other] = [tokens.seal(ada), tokens.seal({ ...ada, address: "bob@example.com" })].map((token) =>
    Buffer.from(token, "base64url"),
  ) as [Buffer, Buffer];
  const mixed = Buffer.concat([one.subarray(0, 17), other.subarray(17)]).toString("base64url");
  expect(tokens.open(mixed)).toBeUndefined();
});
