import { expect, test } from "vitest";
import { EncodedTexts } from "./encoded-texts.ts";
import { textPart } from "./text-part.ts";

const html = "text/html; charset=utf-8";
const plain = "text/plain; charset=utf-8";

test("a text that mail after mail has is encoded once", () => {
  const { part } = new EncodedTexts();
  const first = part(html, "<p>Grüße</p>");
  part(plain, "Ada");
  expect(part(html, ["<p>Grüße", "</p>"].join(""))).toBe(first);
  expect(first).toEqual(textPart(html, "<p>Grüße</p>"));
});

test("another text, or the same as another type, is encoded anew", () => {
  const { part } = new EncodedTexts();
  part(html, "Ada");
  expect(part(html, "Bob")).toEqual(textPart(html, "Bob"));
  expect(part(plain, "Bob")).toEqual(textPart(plain, "Bob"));
});

test("a huge text is not kept", () => {
  const { part } = new EncodedTexts();
  const huge = "x".repeat(1024 * 1024 + 1);
  expect(part(html, huge)).not.toBe(part(html, huge));
});
