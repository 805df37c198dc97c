import { MailError } from "./mail-error.ts";

/** A `configuration` error that names the option and the way out. */
export function misconfigured(field: string, problem: string, hint: string): MailError {
  return new MailError(`${field}: ${problem}`, { code: "configuration", field, hint });
}
