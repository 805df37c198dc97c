import { expect, test } from "vitest";
import { mail } from "../broker-suite/mails.fixture.ts";
import { decodeMessage, encodeMessage } from "./message-frame.ts";

test("reads what it wrote, with and without a key", () => {
  const payload = Buffer.from([0, 1, 2, 255, 10, 13]);
  for (const message of [mail({ payload }), mail({ key: "a 🔑", payload: Buffer.alloc(0) })])
    expect(decodeMessage(encodeMessage(message))).toEqual(message);
});

test("reads from the middle of a larger buffer", () => {
  const message = mail();
  const framed = Buffer.concat([Buffer.from("before"), encodeMessage(message)]);
  expect(decodeMessage(framed.subarray(6))).toEqual(message);
});

test.each([
  ["nothing", Buffer.alloc(0), "too short"],
  ["a newer version", Buffer.concat([Buffer.from([2]), encodeMessage(mail()).subarray(1)]), "has version 2"],
  ["a part of a mail", encodeMessage(mail({ record: "x".repeat(100) })).subarray(0, 60), "cut off"],
  ["something else that is framed like a mail", Buffer.from("\u0001\0\0\0\u0002{}"), "its head is not that of a mail"],
  ["a head that is no JSON", Buffer.from("\u0001\0\0\0\u0002{x"), "JSON"],
])("says why it cannot read %s", (_, body, reason) => {
  expect(() => decodeMessage(body)).toThrow(reason);
});
