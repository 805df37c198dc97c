import { checkOptions, misconfigured } from "@mail/core";
import type { UnsubscribeOptions } from "./unsubscribe.ts";
import { englishTexts, type UnsubscribeTexts } from "./unsubscribe-texts.ts";

const rules = {
  url: { type: "string", required: true },
  secret: { type: ["string", "array"], required: true },
  texts: { type: "object" },
} as const;

const minSecretLength = 32;

/** @throws MailError `configuration` that names the option */
export function checkUnsubscribeOptions(options: UnsubscribeOptions): UnsubscribeTexts {
  checkOptions("createTracker", options, rules, "unsubscribe.");
  const secrets = [options.secret].flat();
  const weak = secrets.findIndex((secret) => typeof secret !== "string" || secret.length < minSecretLength);
  if (secrets.length === 0 || weak !== -1)
    throw misconfigured(
      Array.isArray(options.secret) && weak !== -1 ? `unsubscribe.secret[${weak}]` : "unsubscribe.secret",
      secrets.length === 0 ? "is an empty list" : `has fewer than ${minSecretLength} characters`,
      "Make one with `openssl rand -base64 32`, and keep it: links in old mails need it.",
    );
  const given = Object.entries(options.texts ?? {}).filter(([, text]) => text !== undefined);
  for (const [name, text] of given) {
    if (!Object.hasOwn(englishTexts, name))
      throw misconfigured(
        `unsubscribe.texts.${name}`,
        "is no text of the page",
        `Texts: ${Object.keys(englishTexts).join(", ")}.`,
      );
    if (typeof text !== "string") throw misconfigured(`unsubscribe.texts.${name}`, "is no string", "Pass plain text.");
  }
  return { ...englishTexts, ...Object.fromEntries(given) };
}
