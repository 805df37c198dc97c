import { expect, test } from "vitest";
import { mailgunVectors, sendgridVectors } from "./signature-vectors.fixture.ts";
import { mailgunIsSigned, sendgridIsSigned } from "./verify-webhook.fixture.ts";

test.each(sendgridVectors)("the check of SendGrid's signature holds for: $why", (vector) => {
  expect(sendgridIsSigned(vector)).toBe(vector.valid);
});

test.each(mailgunVectors)("the check of Mailgun's signature holds for: $why", (vector) => {
  expect(mailgunIsSigned(vector)).toBe(vector.valid);
});
