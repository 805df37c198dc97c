import type { Context } from "hono";
import { ApiError } from "./api-error.ts";

export type JsonObject = Readonly<Record<string, unknown>>;

/** @throws ApiError 400 unless the body is a JSON object */
export async function jsonBody(c: Context): Promise<JsonObject> {
  const body: unknown = await c.req.json().catch(() => undefined);
  if (isJsonObject(body)) return body;
  throw new ApiError(400, "The body must be a JSON object.", { hint: "Send Content-Type: application/json." });
}

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** @throws ApiError 400 that names the field */
export function optionalText(body: JsonObject, field: string): string | undefined {
  const value = body[field];
  if (value === undefined || value === null) return undefined;
  if (typeof value === "string") return value;
  throw new ApiError(400, `${field} must be a text.`, { field });
}

/** @throws ApiError 400 that names the field */
export function textList(body: JsonObject, field: string): readonly string[] {
  const value = body[field];
  if (Array.isArray(value) && value.length > 0 && value.every((item) => typeof item === "string")) return value;
  throw new ApiError(400, `${field} must be a list of texts that is not empty.`, { field });
}

/** A query parameter, absent where empty. */
export function parameter(c: Context, name: string): string | undefined {
  return c.req.query(name) || undefined;
}

/** @throws ApiError 400 unless the parameter is a whole number in the range */
export function numberParameter(
  c: Context,
  name: string,
  range: { min: number; max: number; default: number },
): number {
  const text = parameter(c, name);
  if (text === undefined) return range.default;
  const value = Number(text);
  if (Number.isSafeInteger(value) && value >= range.min && value <= range.max) return value;
  throw new ApiError(400, `${name} must be a whole number from ${range.min} to ${range.max}.`, { field: name });
}
