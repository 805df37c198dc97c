import { elements, field, isObject, type JsonObject, textField } from "../api/json-value.ts";
import type { Complaints } from "./complaints.ts";
import type { MailSend } from "./mail-send.ts";

type Kind = "boolean" | "string";

/** Settings and what SendGrid says of another type (Mail Send reference, "Errors"). */
const settings: readonly (readonly [path: string, kind: Kind, message: string])[] = [
  [
    "mail_settings.bypass_list_management.enable",
    "boolean",
    "The bypass list management enable param should be a boolean value.",
  ],
  [
    "mail_settings.bypass_spam_management.enable",
    "boolean",
    "The bypass spam management enable param should be a boolean value.",
  ],
  [
    "mail_settings.bypass_bounce_management.enable",
    "boolean",
    "The bypass bounce management enable param should be a boolean value.",
  ],
  [
    "mail_settings.bypass_unsubscribe_management.enable",
    "boolean",
    "The bypass unsubscribe management enable param should be a boolean value.",
  ],
  ["mail_settings.footer.enable", "boolean", "The footer enable param should be a boolean value."],
  ["mail_settings.footer.html", "string", "The text/html version of your footer should be a string."],
  ["mail_settings.footer.text", "string", "The text/plain version of your footer should be a string."],
  ["mail_settings.sandbox_mode.enable", "boolean", "The sandbox mode enable param should be a boolean value."],
  ["tracking_settings.click_tracking.enable", "boolean", "The click tracking enable param should be a boolean value."],
  [
    "tracking_settings.click_tracking.enable_text",
    "boolean",
    "The click tracking enable text must be a boolean value.",
  ],
  ["tracking_settings.ganalytics.enable", "boolean", "The Google Analytics enable param must be a boolean value."],
  ["tracking_settings.ganalytics.utm_campaign", "string", "The Google Analytics utm_campaign must be a string value."],
  ["tracking_settings.ganalytics.utm_content", "string", "The Google Analytics utm_content must be a string value."],
  ["tracking_settings.ganalytics.utm_medium", "string", "The Google Analytics utm_medium must be a string value."],
  ["tracking_settings.ganalytics.utm_source", "string", "The Google Analytics utm_source must be a string value."],
  ["tracking_settings.ganalytics.utm_term", "string", "The Google Analytics utm_term must be a string value."],
  ["tracking_settings.open_tracking.enable", "boolean", "The open tracking enable param should be a boolean value."],
  [
    "tracking_settings.open_tracking.substitution_tag",
    "string",
    "The open tracking substitution tag must be a string.",
  ],
  [
    "tracking_settings.subscription_tracking.enable",
    "boolean",
    "The subscription tracking enable param should be a boolean value.",
  ],
  [
    "tracking_settings.subscription_tracking.html",
    "string",
    "The subscription tracking unsubscribe content for text/html messages must be a string.",
  ],
  [
    "tracking_settings.subscription_tracking.text",
    "string",
    "The subscription tracking unsubscribe content for text/plain messages must be a string.",
  ],
  [
    "tracking_settings.subscription_tracking.substitution_tag",
    "string",
    "The subscription tracking substitution tag must be a string value.",
  ],
  ["batch_id", "string", "The batch_id must be a string."],
  ["ip_pool_name", "string", "The name of your IP pool must be a string."],
];

const maxGroupsToDisplay = 25;

/** Checks the settings, which change nothing of the mail itself. */
export function readSettings(body: JsonObject, complaints: Complaints): void {
  for (const [path, kind, message] of settings) {
    const value = valueAt(body, path);
    if (value !== undefined && typeof value !== kind) complaints.add(path, message);
  }
  const asm = field(body, "asm");
  if (asm === undefined) return;
  const groups = field(asm, "groups_to_display");
  if (!Number.isSafeInteger(field(asm, "group_id")))
    complaints.add("asm.group_id", "The ASM group ID must be an integer.");
  if (groups !== undefined && !(Array.isArray(groups) && groups.every(Number.isSafeInteger)))
    complaints.add("asm.groups_to_display", "The ASM Group IDs to display must be an array of integers.");
  if (elements(groups).length > maxGroupsToDisplay)
    complaints.add(
      "asm.groups_to_display",
      "There is a limit of 25 unsubscribe groups that can be displayed to a user at a time.",
    );
}

export function readSandboxMode(body: JsonObject): boolean {
  return valueAt(body, "mail_settings.sandbox_mode.enable") === true;
}

export function readFooter(body: JsonObject): MailSend["footer"] {
  const footer = valueAt(body, "mail_settings.footer");
  if (!isObject(footer) || footer["enable"] !== true) return undefined;
  return { text: textField(footer, "text") ?? "", html: textField(footer, "html") ?? "" };
}

function valueAt(body: JsonObject, path: string): unknown {
  return path.split(".").reduce<unknown>((value, name) => field(value, name), body);
}
