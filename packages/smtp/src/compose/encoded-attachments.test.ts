import { expect, test } from "vitest";
import { base64Lines } from "./base64-lines.ts";
import { EncodedAttachments } from "./encoded-attachments.ts";

const file = (bytes: number, value = 1): Buffer => Buffer.alloc(bytes, value);

test("what stands in many mails is encoded once, whoever holds the bytes", () => {
  const encoded = new EncodedAttachments();
  encoded.encode(file(20_000));
  const second = encoded.encode(file(20_000));
  expect(encoded.encode(file(20_000))).toBe(second);
  expect(second).toEqual(base64Lines(file(20_000)));
});

test("bytes that the app changes in between are encoded anew", () => {
  const encoded = new EncodedAttachments();
  const content = file(20_000);
  for (let time = 0; time < 3; time++) encoded.encode(content);
  for (const place of [0, 1, 9_999, 19_999]) {
    content[place] = 7;
    expect(encoded.encode(content)).toEqual(base64Lines(content));
  }
});

test("what is encoded does not change with the bytes", () => {
  const encoded = new EncodedAttachments();
  const content = file(20_000);
  const results = [1, 2, 3].map(() => encoded.encode(content));
  content.fill(9);
  for (const result of results) expect(result).toEqual(base64Lines(file(20_000)));
});

test("no more is held than 32 MB", () => {
  const encoded = new EncodedAttachments();
  const [first, second] = [file(8_000_000), file(8_000_000, 2)];
  for (const content of [first, first]) encoded.encode(content);
  const held = encoded.encode(first);
  expect(encoded.encode(first) === held).toBe(true);
  encoded.encode(second);
  const other = encoded.encode(second);
  expect(encoded.encode(second) === other).toBe(true);
  expect(encoded.encode(first) === held).toBe(false);
});
