import { expect, test } from "vitest";
import { addressKey } from "./address-key.ts";

test.each([
  ["ada@example.com", "ADA@Example.COM"],
  ["ada@example.com", '"ada"@example.com'],
  ["ada.b@example.com", '"Ada\\.b"@EXAMPLE.com'],
  ["käthe@xn--bcher-kva.example", "KA\u0308THE@bücher.example"],
  ['"ada b"@example.com', '"Ada\\ b"@example.com'],
  ['"ada@b"@example.com', '"ada@b"@example.com'],
  ['"a..b"@example.com', '"a..b"@example.com'],
  ['"a\\"b"@example.com', '"a\\"b"@example.com'],
  ['""@example.com', '""@example.com'],
  ['"@example.com', '"@example.com'],
  ["nobody", "NOBODY"],
])("%s is what %s has in common with other spellings", (key, address) => {
  expect(addressKey(address)).toBe(key);
  expect(addressKey(key)).toBe(key);
});
