import { amendError, type MailError } from "./mail-error.ts";
import type { Attempt } from "./receipt.ts";

const mask = "***";
/** Shorter ones stand in too many harmless places. */
const shortestSecret = 4;
const shortestBase64Part = 6;
const deepestCause = 5;

type Clean = (text: string) => string;

/** Removes secrets from a text: as they are, in JSON, percent-encoded, and in base64, also as a part of a login. */
export function redact(text: string, secrets: readonly string[]): string {
  return cleaner(secrets)(text);
}

/**
 * The same error without secrets. Causes are reduced to name, code, message and their own causes, because the errors of
 * HTTP clients carry the whole request, key included.
 */
export function redactError(error: MailError, secrets: readonly string[]): MailError {
  return cleanError(error, cleaner(secrets));
}

function cleaner(secrets: readonly string[]): Clean {
  const forms = secrets.filter(({ length }) => length >= shortestSecret).flatMap(formsOf);
  // The longest first: what is left of a secret after a part of it was masked would no longer be found.
  const ordered = [...new Set(forms)].sort((a, b) => b.length - a.length);
  return (text) => ordered.reduce((clean, form) => clean.replaceAll(form, mask), text);
}

function formsOf(secret: string): readonly string[] {
  const url = Object.assign(new URL("https://host"), { password: secret });
  const form = new URLSearchParams({ "": secret }).toString().slice(1);
  const percentEncoded = [encodeURIComponent(secret.toWellFormed()), form, url.password];
  const lowerCase = percentEncoded.map((text) => text.replace(/%../g, (code) => code.toLowerCase()));
  return [secret, JSON.stringify(secret).slice(1, -1), ...percentEncoded, ...lowerCase, ...base64Forms(secret)];
}

/** Alone, and after 0, 1 or 2 bytes of something else (modulo 3), as in a Basic login: what the secret alone decides. */
function base64Forms(secret: string): readonly string[] {
  const bytes = Buffer.from(secret);
  const parts = [0, 1, 2].map((offset) =>
    Buffer.concat([Buffer.alloc(offset), bytes])
      .toString("base64")
      .slice(Math.ceil((offset * 8) / 6), Math.floor(((offset + bytes.length) * 8) / 6)),
  );
  const forms = [
    bytes.toString("base64"),
    bytes.toString("base64url"),
    ...parts.filter(({ length }) => length >= shortestBase64Part),
  ];
  return forms.flatMap((text) => [text, text.replaceAll("+", "-").replaceAll("/", "_")]);
}

function cleanError(error: MailError, clean: Clean): MailError {
  const { response, hint, cause, attempts } = error;
  const amended = amendError(error, {
    message: clean(error.message),
    ...(hint !== undefined && { hint: clean(hint) }),
    ...(response?.text !== undefined && { response: { ...response, text: clean(response.text) } }),
    ...(cause !== undefined && { cause: bareCause(cause, clean, 0) }),
    attempts: attempts.map((attempt) => cleanAttempt(attempt, clean)),
  });
  amended.stack = clean(amended.stack ?? "");
  return amended;
}

function cleanAttempt(attempt: Attempt, clean: Clean): Attempt {
  return attempt.error === undefined ? attempt : { ...attempt, error: cleanError(attempt.error, clean) };
}

function bareCause(cause: unknown, clean: Clean, depth: number): unknown {
  if (typeof cause === "string") return clean(cause);
  if (!(cause instanceof Error) || depth > deepestCause) return undefined;
  const text = (value: unknown): string => (typeof value === "string" ? clean(value) : "");
  const inner = bareCause(cause.cause, clean, depth + 1);
  const bare = new Error(text(cause.message), inner === undefined ? undefined : { cause: inner });
  bare.name = text(cause.name);
  bare.stack = text(cause.stack);
  if ("code" in cause && typeof cause.code === "string") Object.assign(bare, { code: clean(cause.code) });
  if ("code" in cause && typeof cause.code === "number") Object.assign(bare, { code: cause.code });
  if (cause instanceof AggregateError) {
    Object.assign(bare, { errors: cause.errors.map((error) => bareCause(error, clean, depth + 1)) });
  }
  return bare;
}
