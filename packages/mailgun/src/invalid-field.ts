import { MailError } from "@mail/core";

/** An `invalid_message` that names the field and the way out. */
export function invalidField(field: string, problem: string, hint: string): MailError {
  return new MailError(`${field}: ${problem}`, { code: "invalid_message", field, hint });
}
