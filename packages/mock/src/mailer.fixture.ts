import { createMailer, type Mailer } from "@mail/core";
import { type MockTransport, mock } from "./index.ts";
import type { MockOptions } from "./mock-options.ts";

export const hello = {
  from: "Acme <hello@acme.example>",
  to: "Ada <ada@example.com>",
  subject: "Hi",
  text: "Hello",
} as const;

/** A mailer and the mock that it sends through. */
export function mailerWithMock(options?: MockOptions): { readonly mail: MockTransport; readonly mailer: Mailer } {
  const mail = mock(options);
  return { mail, mailer: createMailer({ transport: mail }) };
}
