import { expect, test } from "vitest";
import { composeMail } from "./compose-mail.ts";

test("a carriage return alone becomes a line break", async () => {
  const source = await composeMail({
    from: { address: "a@x.example" },
    to: [{ address: "b@x.example" }],
    subject: "Hi",
    messageId: "<1@x.example>",
    date: new Date(0),
    headers: [],
    text: "one\rtwo\r\nthree\nfour",
    html: "<p>one\rtwo</p>",
  });
  const text = Buffer.from(source).toString();
  expect(text).not.toMatch(/\r(?!\n)|(?<!\r)\n/);
  expect(text).toContain("one\r\ntwo\r\nthree\r\nfour");
});
