import { expect, test } from "vitest";
import { writeMailEvent } from "./write-mail-event.ts";

const fields = { id: "1", at: new Date(0), provider: "sendgrid", tags: [], metadata: {}, raw: {} };

test("what is not known is left out", () => {
  const event = writeMailEvent({ ...fields, type: "delivered", mailId: undefined, response: "250 OK" });
  expect(event).toStrictEqual({ ...fields, type: "delivered", response: "250 OK" });
});

test.each([
  ["complained", "spam"],
  ["unsubscribed", "unsubscribed"],
] as const)("%s has the reason %s, whoever reports it", (type, reason) => {
  expect(writeMailEvent({ ...fields, type })).toMatchObject({ type, reason });
  expect(writeMailEvent({ ...fields, type, reason: "other" })).toMatchObject({ type, reason: "other" });
});
