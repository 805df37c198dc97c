import { MailError } from "./mail-error.ts";
import { kindOf, textOf } from "./value-text.ts";

/** An `invalid_message` that names the field and the way out. */
export function invalid(field: string, problem: string, hint: string): MailError {
  return new MailError(`${field}: ${problem}`, { code: "invalid_message", field, hint });
}

/** Shows a value in an error: control characters visible, cut at 60 characters. */
export function show(value: unknown): string {
  const text = textOf(value);
  const json = JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text);
  // JSON leaves these as they are, but a log breaks its lines at some of them.
  return json.replace(/[\u007f-\u009f\u2028\u2029]/g, (character) => {
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
  });
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: finding them is the point
const control = /[\u0000-\u0008\u000a-\u001f\u007f]/;
const lineBreak = /[\u0085\u2028\u2029]/;

/**
 * Names the first character that must not be in a header, where there is one: CR, LF and NUL would add lines
 * (RFC 5322 section 2.2), half of a surrogate pair cannot be encoded.
 */
function unsafeCharacter(text: string): string | undefined {
  const code = (control.exec(text) ?? lineBreak.exec(text))?.[0].charCodeAt(0);
  if (code !== undefined) {
    return { 0: "NUL", 10: "a line feed", 13: "a carriage return" }[code] ?? `the control character ${code}`;
  }
  return text.isWellFormed() ? undefined : "half of a surrogate pair";
}

/** Refuses what is no string, or holds a character that must not be in a header. */
export function headerText(value: unknown, field: string): string {
  if (typeof value !== "string") throw invalid(field, `is ${kindOf(value)}, not a string`, "Pass a string.");
  const character = unsafeCharacter(value);
  if (character !== undefined) {
    throw invalid(field, `holds ${character}: ${show(value)}`, "Take the character out; user input needs trimming.");
  }
  return value;
}

/**
 * Refuses what is no object with entries of its own: lists, bytes and strings have other ones, and a `Map`, a `Headers`
 * or a promise that nobody awaited would pass as an empty object.
 */
export function requireObject(value: unknown, field: string, hint: string): asserts value is Record<string, unknown> {
  const entriesElsewhere =
    typeof value !== "object" || value === null || Symbol.iterator in value || value instanceof Promise;
  if (entriesElsewhere) throw invalid(field, `is ${kindOf(value)}, not a plain object`, hint);
}

/** Refuses what is no object, and a field that the object should not have. */
export function refuseUnknownFields(value: object, known: readonly string[], prefix: string): void {
  requireObject(value, prefix.slice(0, -1) || "message", `Pass an object with ${known.join(", ")}.`);
  for (const key of Object.keys(value)) {
    if (known.includes(key)) continue;
    const field = `${prefix}${key}`;
    throw invalid(field, "is not a known field", `Known fields: ${known.join(", ")}.`);
  }
}
