import type { Complaints } from "./complaints.ts";

const maxCustomArgBytes = 10_000;
const maxCategories = 10;
const maxCategoryLength = 255;
const maxScheduleSeconds = 72 * 3600;

/** Mail Send reference, `headers`. */
const reservedHeaders: readonly string[] = [
  "x-sg-id",
  "x-sg-eid",
  "received",
  "dkim-signature",
  "content-type",
  "content-transfer-encoding",
  "to",
  "from",
  "subject",
  "reply-to",
  "cc",
  "bcc",
];

/** What stands both in a request and in its personalizations. */
export function readHeaders(value: unknown, field: string, complaints: Complaints): Readonly<Record<string, string>> {
  const headers = complaints.texts(value, field, "The header values must be strings.");
  const names = Object.keys(headers).map((name) => name.toLowerCase());
  const bad = names.some((name) => !/^[!-9;-~]+$/.test(name));
  if (bad) complaints.add(field, "Header keys cannot contain non-ASCII characters or empty spaces.");
  if (new Set(names).size < names.length) complaints.add(field, "The headers cannot contain duplicate keys.");
  const reserved = names.find((name) => reservedHeaders.includes(name));
  if (reserved !== undefined)
    complaints.add(field, `Header cannot be one of the reserved keys. You provided ${reserved}.`);
  return headers;
}

export function readCustomArgs(
  value: unknown,
  field: string,
  complaints: Complaints,
): Readonly<Record<string, string>> {
  return complaints.texts(value, field, "All values of custom arguments object must be strings");
}

/** Those of the request and those of the personalization together. */
export function checkCustomArgSize(
  args: Readonly<Record<string, string>>,
  field: string,
  complaints: Complaints,
): void {
  if (Object.keys(args).length === 0 || Buffer.byteLength(JSON.stringify(args)) <= maxCustomArgBytes) return;
  complaints.add(
    field,
    "The combined size of both global and personalization custom arguments may not exceed 10,000 bytes per personalization.",
    "personalizations.custom_args",
  );
}

export function readSendAt(value: unknown, field: string, now: Date, complaints: Complaints): number | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value !== "number" || !Number.isSafeInteger(value) || value < 0)
    return complaints.add(
      field,
      "The send_at parameter is expecting a Unix timestamp as an integer. We will send immediately if you include a send_at timestamp that is in the past.",
    );
  if (value > now.getTime() / 1000 + maxScheduleSeconds)
    return complaints.add(field, "Scheduling more than 72 hours in advance is forbidden.");
  return value;
}

export function readCategories(value: unknown, complaints: Complaints): readonly string[] {
  if (value === undefined || value === null) return [];
  const list: readonly unknown[] | undefined = Array.isArray(value) ? value : undefined;
  if (!list?.every((entry) => typeof entry === "string")) {
    complaints.add("categories", "Categories must be an array of strings.");
    return [];
  }
  if (list.length > maxCategories) {
    complaints.add(
      "categories",
      `There is a limit of 10 categories for each email that is sent. You provided ${list.length} categories.`,
    );
    return [];
  }
  const long = list.find((category) => category.length > maxCategoryLength);
  if (long !== undefined)
    complaints.add("categories", `Each category must not be longer than 255 characters. ${long} exceeds this limit`);
  const twice = list.find((category, index) => list.indexOf(category) !== index);
  if (twice !== undefined)
    complaints.add(
      "categories",
      `The categories must be a unique list, and you have included ${twice} more than once.`,
    );
  if (list.some((category) => /[^\0-\x7f]/.test(category)))
    complaints.add("categories", "Categories can not contain non-ASCII characters.");
  return list;
}
