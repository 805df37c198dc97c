import { misconfigured } from "./configuration-error.ts";
import { show } from "./invalid.ts";
import { longestTimerMs } from "./longest-timer.ts";

type OptionType = "string" | "integer" | "number" | "boolean" | "object" | "function" | "array" | "any";

/** What one option of an adapter may be. */
export interface OptionRule {
  /** One type, or several of which any will do. `string` means a non-empty one without line breaks. */
  readonly type: OptionType | readonly OptionType[];
  readonly required?: boolean;
  /** Smallest number. Default 0. */
  readonly min?: number;
  /** Largest number. Default: none but that of safe integers. */
  readonly max?: number;
  readonly oneOf?: readonly string[];
}

/** One rule for each option. */
export type OptionRules<Options> = { readonly [Key in keyof Required<Options>]: OptionRule };

/** The rule of a time limit in milliseconds. */
export const timeLimitRule: OptionRule = Object.freeze({ type: "integer", min: 1, max: longestTimerMs });

type UntypedRules = Readonly<Record<string, OptionRule>>;

/**
 * Checks the options of an adapter or a composite.
 * @param prefix of the names in errors, for options within an option
 * @throws MailError `configuration` that names the option
 */
export function checkOptions(adapter: string, options: unknown, rules: UntypedRules, prefix = ""): void {
  if (typeof options !== "object" || options === null) {
    throw misconfigured(
      prefix.slice(0, -1) || "options",
      `${adapter}() needs an object`,
      `Options: ${Object.keys(rules).join(", ")}.`,
    );
  }
  const values = options as Readonly<Record<string, unknown>>;
  for (const name of Object.keys(values)) {
    if (Object.hasOwn(rules, name)) continue;
    throw misconfigured(
      `${prefix}${name}`,
      `is not an option of ${adapter}()`,
      `Options: ${Object.keys(rules).join(", ")}.`,
    );
  }
  for (const [name, rule] of Object.entries(rules)) {
    const value = values[name];
    if (value === undefined && !rule.required) continue;
    if (value === undefined || value === "")
      throw misconfigured(
        `${prefix}${name}`,
        `is missing in ${adapter}()`,
        [rule.type].flat().includes("string")
          ? `Set ${prefix}${name}; an environment variable may be empty.`
          : `Set ${prefix}${name}.`,
      );
    const problem = problemWith(value, rule);
    if (problem === undefined) continue;
    const isTextOfNumber = typeof value === "string" && /^\d+$/.test(value) && isForNumbers(rule);
    throw isTextOfNumber
      ? misconfigured(
          `${prefix}${name}`,
          `is a string, and ${problem}`,
          "Write Number(…) around it, as around an environment variable.",
        )
      : misconfigured(`${prefix}${name}`, problem, `Check ${prefix}${name} in ${adapter}().`);
  }
}

const isForNumbers = ({ type }: OptionRule): boolean =>
  [type].flat().some((one) => one === "integer" || one === "number");

function problemWith(value: unknown, rule: OptionRule): string | undefined {
  const types = [rule.type].flat();
  if (!types.some((type) => isOfType(value, type)))
    return `must be ${types.map((type) => description[type]).join(" or ")}`;
  if (typeof value === "number" && value < (rule.min ?? 0)) return `must be at least ${rule.min ?? 0}`;
  if (typeof value === "number" && rule.max !== undefined && value > rule.max) return `must be at most ${rule.max}`;
  if (rule.oneOf !== undefined && typeof value === "string" && !rule.oneOf.includes(value))
    return `is ${show(value)}, but must be one of ${rule.oneOf.join(", ")}`;
  return undefined;
}

const description: Readonly<Record<OptionType, string>> = {
  string: "a non-empty string without line breaks",
  integer: "a whole number",
  number: "a number",
  boolean: "true or false",
  object: "an object",
  function: "a function",
  array: "an array",
  any: "anything",
};

function isOfType(value: unknown, type: OptionType): boolean {
  if (type === "any") return true;
  if (type === "array") return Array.isArray(value);
  if (type === "integer") return Number.isSafeInteger(value);
  if (type === "number") return Number.isFinite(value);
  if (type === "object") return typeof value === "object" && value !== null && !Array.isArray(value);
  if (type === "string") return typeof value === "string" && value.trim() !== "" && !/[\r\n\0]/.test(value);
  return typeof value === type;
}

/** Reads options from a URL's query, typed by the rules. @throws MailError `configuration` for an unknown one */
export function optionsFromQuery(
  query: URLSearchParams,
  adapter: string,
  rules: UntypedRules,
): Record<string, unknown> {
  const options: Record<string, unknown> = {};
  for (const [name, text] of query) {
    if (Object.hasOwn(options, name)) throw misconfigured(name, "is given twice in the URL", "Write it once.");
    const rule = Object.hasOwn(rules, name) ? rules[name] : undefined;
    const types = rule === undefined ? [] : [rule.type].flat();
    if (!types.some((type) => ["string", "integer", "boolean"].includes(type))) {
      const known = Object.keys(rules).filter((key) =>
        [rules[key]?.type].flat().some((type) => ["string", "integer", "boolean"].includes(type ?? "")),
      );
      throw misconfigured(name, `is not an option of a ${adapter} URL`, `Options in a URL: ${known.join(", ")}.`);
    }
    if (types.includes("boolean") && (text === "true" || text === "false")) options[name] = text === "true";
    else if (types.includes("integer") && /^\d{1,15}$/.test(text)) options[name] = Number(text);
    else options[name] = text;
  }
  return options;
}
