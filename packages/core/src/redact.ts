import { amendError, type MailError } from "./mail-error.ts";

const mask = "***";
const shortestSecret = 4;

/** Removes secrets from a text: as they are, in base64 and percent-encoded. */
export function redact(text: string, secrets: readonly string[]): string {
  let clean = text;
  for (const secret of secrets) {
    if (secret.length < shortestSecret) continue;
    for (const form of [secret, Buffer.from(secret).toString("base64"), encodeURIComponent(secret)]) {
      clean = clean.replaceAll(form, mask);
    }
  }
  return clean;
}

/**
 * The same error without secrets. Causes are reduced to name, code and message, because the errors of HTTP clients
 * carry the whole request, key included.
 */
export function redactError(error: MailError, secrets: readonly string[]): MailError {
  const clean = (text: string): string => redact(text, secrets);
  const { response, hint, cause } = error;
  return amendError(error, {
    message: clean(error.message),
    ...(hint !== undefined && { hint: clean(hint) }),
    ...(response?.text !== undefined && { response: { ...response, text: clean(response.text) } }),
    ...(cause !== undefined && { cause: bareCause(cause, clean) }),
  });
}

function bareCause(cause: unknown, clean: (text: string) => string): unknown {
  if (!(cause instanceof Error)) return typeof cause === "string" ? clean(cause) : undefined;
  const bare = new Error(clean(cause.message));
  bare.name = cause.name;
  bare.stack = clean(cause.stack ?? "");
  return "code" in cause ? Object.assign(bare, { code: cause.code }) : bare;
}
