/** A value as text, whatever it is; objects without a way to become text are named by their type. */
export function textOf(value: unknown): string {
  try {
    return String(value);
  } catch {
    return typeof value;
  }
}

/** Why something was thrown, whatever it is: an error's message, or the value as text. */
export function reasonOf(thrown: unknown): string {
  try {
    return textOf(thrown instanceof Error ? thrown.message : thrown);
  } catch {
    return typeof thrown;
  }
}

/** What a value of the wrong kind is, in a word or two. */
export function kindOf(value: unknown): string {
  if (value === null) return "null";
  if (typeof value !== "object") return typeof value;
  const name: unknown = Object.getPrototypeOf(value)?.constructor?.name;
  return typeof name === "string" && /^[A-Z]\w{0,30}$/.test(name) ? name : "object";
}
