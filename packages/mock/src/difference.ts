/** One field in which a mail is not as expected, both sides in readable form. */
export interface Difference {
  readonly field: string;
  readonly expected: string;
  readonly sent: string;
}

const maxShown = 160;

/** Writes a value in one line; a long text from shortly before `from` on. */
export function show(value: unknown, from = 0): string {
  if (value === undefined) return "nothing";
  if (typeof value === "string") return showText(value, from);
  if (Array.isArray(value) && value.length === 0) return "none";
  return cut(Array.isArray(value) ? value.map((item) => show(item)).join(", ") : showValue(value));
}

function showValue(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value);
  if (typeof value === "function") return `what ${String(value).replace(/\s+/g, " ")} accepts`;
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? "an invalid date" : value.toISOString();
  if (value instanceof Uint8Array) return showBytes(value);
  if (typeof value !== "object" || value === null || value instanceof RegExp) return String(value);
  if (isAsymmetric(value)) return describeMatcher(value);
  if (Array.isArray(value)) return `[${value.map(showValue).join(", ")}]`;
  const fields = Object.entries(value).map(([key, item]) => `${key}: ${showValue(item)}`);
  return fields.length === 0 ? "{}" : `{ ${fields.join(", ")} }`;
}

function showText(text: string, from: number): string {
  const start = from < maxShown / 2 ? 0 : from - 20;
  const end = start + maxShown;
  const part = JSON.stringify(text.slice(start, end));
  return `${start > 0 ? "…" : ""}${part}${end < text.length ? "…" : ""}`;
}

function showBytes(bytes: Uint8Array): string {
  const start = Buffer.from(bytes.subarray(0, 16)).toString("hex");
  return `${bytes.length} bytes (${start}${bytes.length > 16 ? "…" : ""})`;
}

function cut(text: string): string {
  return text.length > maxShown ? `${text.slice(0, maxShown)}…` : text;
}

interface Asymmetric {
  asymmetricMatch(value: unknown): boolean;
  getExpectedType?(): string;
  toAsymmetricMatcher?(): string;
}

export function isAsymmetric(value: unknown): value is Asymmetric {
  return (
    typeof value === "object" &&
    value !== null &&
    "asymmetricMatch" in value &&
    typeof value.asymmetricMatch === "function"
  );
}

function describeMatcher(matcher: Asymmetric): string {
  const text = matcher.toAsymmetricMatcher?.();
  if (text !== undefined) return text;
  const sample = "sample" in matcher ? ` ${show(matcher.sample)}` : "";
  return `${String(matcher)}${sample}`;
}

/** How far a mail is from what was expected: each field counts at most one, less where the two sides look alike. */
export function distanceOf(differences: readonly Difference[]): number {
  return differences.reduce((sum, { expected, sent }) => sum + 1 - likeness(expected, sent) / 2, 0);
}

function likeness(one: string, other: string): number {
  const longest = Math.max(one.length, other.length);
  return longest === 0 ? 1 : firstDifference(one, other) / longest;
}

/** Position of the first character in which two texts differ. */
export function firstDifference(one: string, other: string): number {
  let position = 0;
  while (position < one.length && position < other.length && one[position] === other[position]) position++;
  return position;
}
