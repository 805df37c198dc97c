import type { Address } from "@mail/core";
import { elements, field, isObject, textField } from "../api/json-value.ts";
import type { Complaints } from "./complaints.ts";
import { isDynamicTemplate, type Personalization } from "./mail-send.ts";
import { checkCustomArgSize, readCustomArgs, readHeaders, readSendAt } from "./read-common-fields.ts";

const maxPersonalizations = 1000;
const maxRecipients = 1000;
const maxSubstitutionBytes = 10_000;

const missing = "The personalizations field is required and must have at least one personalization.";
const toMissing =
  "The to array is required for all personalization objects, and must have at least one email object with a valid email address.";

interface Surroundings {
  readonly templateId: string | undefined;
  readonly customArgs: Readonly<Record<string, string>>;
  readonly now: Date;
}

/** `personalizations`: who gets which variant. */
export function readPersonalizations(
  value: unknown,
  surroundings: Surroundings,
  complaints: Complaints,
): readonly Personalization[] {
  const entries = elements(value);
  if (entries.length === 0) complaints.add("personalizations", missing);
  if (entries.length > maxPersonalizations) {
    complaints.add(
      "personalizations",
      `The personalization block is limited to 1000 personalizations per API request. You have provided ${entries.length} personalizations. Please consider splitting this into multiple requests and resending your request.`,
    );
    return [];
  }
  if (entries.reduce((sum: number, entry) => sum + recipientCount(entry), 0) > maxRecipients) {
    complaints.add(
      "personalizations",
      "There is a limit of 1000 total recipients (to + cc + bcc) per request.",
      "recipient-errors",
    );
    return [];
  }
  return entries.map((entry, index) => readOne(entry, `personalizations.${index}`, surroundings, complaints));
}

function recipientCount(entry: unknown): number {
  return ["to", "cc", "bcc"].reduce((sum, name) => sum + elements(field(entry, name)).length, 0);
}

function readOne(entry: unknown, at: string, around: Surroundings, complaints: Complaints): Personalization {
  const list = (name: "to" | "cc" | "bcc"): readonly Address[] => readRecipients(entry, name, at, complaints);
  const [to, cc, bcc] = [list("to"), list("cc"), list("bcc")];
  refuseDuplicates({ to, cc, bcc }, at, complaints);
  const from = field(entry, "from");
  const customArgs = readCustomArgs(field(entry, "custom_args"), `${at}.custom_args`, complaints);
  checkCustomArgSize({ ...around.customArgs, ...customArgs }, `${at}.custom_args`, complaints);
  const data = field(entry, "dynamic_template_data");
  if (data !== undefined && !isObject(data))
    complaints.add(`${at}.dynamic_template_data`, "The dynamic_template_data must be an object.");
  return {
    from: from === undefined ? undefined : complaints.mailbox(from, `${at}.from`, "from", "from"),
    to,
    cc,
    bcc,
    subject: complaints.text(
      field(entry, "subject"),
      `${at}.subject`,
      "The subject of your email must be a string at least one character in length.",
    ),
    headers: readHeaders(field(entry, "headers"), `${at}.headers`, complaints),
    substitutions: readSubstitutions(field(entry, "substitutions"), `${at}.substitutions`, around, complaints),
    templateData: isObject(data) ? data : undefined,
    customArgs,
    sendAt: readSendAt(field(entry, "send_at"), `${at}.send_at`, around.now, complaints),
    brokenNames: brokenNames(entry),
  };
}

function readRecipients(entry: unknown, name: "to" | "cc" | "bcc", at: string, complaints: Complaints): Address[] {
  const value = field(entry, name);
  const place = `${at}.${name}`;
  const anchor = `personalizations.${name}`;
  if (name === "to" && elements(value).length === 0) complaints.add(place, toMissing, anchor);
  else if (value !== undefined && !Array.isArray(value))
    complaints.add(
      place,
      `The ${name} array, when used, must at least have an email parameter with a valid email address.`,
      anchor,
    );
  return elements(value).flatMap((one, index) => complaints.mailbox(one, `${place}.${index}`, name, anchor) ?? []);
}

function refuseDuplicates(
  lists: Readonly<Record<"to" | "cc" | "bcc", readonly Address[]>>,
  at: string,
  complaints: Complaints,
): void {
  const seen = new Set<string>();
  for (const name of ["to", "cc", "bcc"] as const) {
    for (const { address } of lists[name]) {
      const known = address.toLowerCase();
      if (seen.has(known)) {
        complaints.add(
          at,
          `Each email address in the personalization block should be unique between to, cc, and bcc. We found the first duplicate instance of [${address}] in the ${at}.${name} field.`,
          "recipient-errors",
        );
        return;
      }
      seen.add(known);
    }
  }
}

function readSubstitutions(
  value: unknown,
  at: string,
  { templateId }: Surroundings,
  complaints: Complaints,
): Readonly<Record<string, string>> {
  const substitutions = complaints.texts(
    value,
    at,
    "The substitution values must be an object of key/value pairs, where the values are all strings.",
  );
  if (value !== undefined && isDynamicTemplate(templateId))
    complaints.add(at, "Substitutions may not be used with dynamic templating");
  if (Buffer.byteLength(JSON.stringify(substitutions)) > maxSubstitutionBytes)
    complaints.add(at, "You are limited to 10,000 bytes of substitutions per personalization.");
  return substitutions;
}

/** Outside quotes, `,` and `;` of a name end up as separators of addresses (sendgrid-python issue 291). */
function brokenNames(entry: unknown): readonly string[] {
  const names = ["to", "cc", "bcc"].flatMap((name) =>
    elements(field(entry, name)).flatMap((one) => textField(one, "name") ?? []),
  );
  return names.filter((name) => /[,;]/.test(name) && !/^".*"$/s.test(name));
}
