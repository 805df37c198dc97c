/** What an option of the inbox may be. */
export type OptionKind =
  | { readonly type: "port" | "count" | "text" | "texts" | "object" | "flag" }
  | { readonly type: "choice"; readonly choices: readonly string[] }
  | { readonly type: "record"; readonly required?: readonly string[]; readonly optional?: readonly string[] };

const maxPort = 65_535;

/** What is wrong with a value, in words that follow the option's name. */
export function problemWith(value: unknown, kind: OptionKind): string | undefined {
  switch (kind.type) {
    case "port":
      return isInteger(value, 0, maxPort) ? undefined : `must be a port from 0 to ${maxPort}`;
    case "count":
      return isInteger(value, 1, Number.MAX_SAFE_INTEGER) ? undefined : "must be a whole number from 1 on";
    case "text":
      return isText(value) ? undefined : "must be a text that is not empty";
    case "texts":
      return Array.isArray(value) && value.every(isText) ? undefined : "must be a list of texts";
    case "object":
      return typeof value === "object" && value !== null ? undefined : "must be an object";
    case "flag":
      return typeof value === "boolean" ? undefined : "must be true or false";
    case "choice":
      return kind.choices.some((choice) => choice === value) ? undefined : `must be ${kind.choices.join(" or ")}`;
    case "record":
      return problemWithRecord(value, kind.required ?? [], kind.optional ?? []);
  }
}

function problemWithRecord(value: unknown, required: readonly string[], optional: readonly string[]) {
  const names = [...required, ...optional];
  if (typeof value !== "object" || value === null || Array.isArray(value)) return `must have ${names.join(", ")}`;
  const unknown = Object.keys(value).find((name) => !names.includes(name));
  if (unknown !== undefined) return `has ${unknown}, but knows ${names.join(", ")} alone`;
  const fields = new Map<string, unknown>(Object.entries(value));
  const missing = required.find((name) => !isText(fields.get(name)));
  if (missing !== undefined) return `needs ${missing}`;
  const odd = optional.find((name) => fields.get(name) !== undefined && !isText(fields.get(name)));
  return odd === undefined ? undefined : `has ${odd}, which must be a text`;
}

function isInteger(value: unknown, min: number, max: number): boolean {
  return Number.isSafeInteger(value) && Number(value) >= min && Number(value) <= max;
}

function isText(value: unknown): boolean {
  return typeof value === "string" && value.trim() !== "" && !value.includes("\0");
}
