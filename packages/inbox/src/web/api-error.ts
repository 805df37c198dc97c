import { MailError } from "@mail/core";
import type { Context } from "hono";
import { HTTPException } from "hono/http-exception";
import type { ContentfulStatusCode } from "hono/utils/http-status";

interface Details {
  readonly field?: string | undefined;
  /** What to do. */
  readonly hint?: string | undefined;
}

/** An answer of our JSON API: `{ "error": { "message", "field"?, "hint"? } }`. */
export class ApiError extends Error {
  readonly status: ContentfulStatusCode;
  readonly details: Details;

  constructor(status: ContentfulStatusCode, message: string, details: Details = {}) {
    super(message);
    this.name = "ApiError";
    this.status = status;
    this.details = details;
  }
}

export function noSuch(what: string, id: string): ApiError {
  return new ApiError(404, `There is no ${what} ${id}.`);
}

/** Runs work whose errors are the caller's: `status` and the error's own words. */
export async function asApiError<T>(status: ContentfulStatusCode, work: () => T | Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (thrown) {
    throw new ApiError(status, messageOf(thrown), detailsOf(thrown));
  }
}

export function answerError(thrown: Error, c: Context): Response {
  if (thrown instanceof ApiError) return errorAnswer(c, thrown.status, thrown.message, thrown.details);
  if (thrown instanceof HTTPException) return errorAnswer(c, thrown.status as ContentfulStatusCode, thrown.message);
  return errorAnswer(c, 500, messageOf(thrown), { hint: "This is a fault of the inbox; please report it." });
}

export function notFound(c: Context): Response {
  return errorAnswer(c, 404, `There is no ${c.req.method} ${c.req.path}.`);
}

export function bodyTooLarge(c: Context): Response {
  return errorAnswer(c, 413, "The body is larger than 1 MB.");
}

export function errorAnswer(
  c: Context,
  status: ContentfulStatusCode,
  message: string,
  details: Details = {},
): Response {
  return c.json({ error: { message, ...details } }, status);
}

function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}

function detailsOf(thrown: unknown): Details {
  if (MailError.is(thrown)) return { field: thrown.field, hint: thrown.hint };
  if (typeof thrown !== "object" || thrown === null || !("field" in thrown)) return {};
  return typeof thrown.field === "string" ? { field: thrown.field } : {};
}
