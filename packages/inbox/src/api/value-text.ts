import { showJson } from "./show-json.ts";

/** A value of a template's data as it stands in the text. */
export function valueText(value: unknown): string {
  if (typeof value === "string") return value;
  if (value === undefined || value === null) return "";
  return typeof value === "object" ? showJson(value) : String(value as number | boolean);
}
