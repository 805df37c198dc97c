import { misconfigured } from "@mail/core";
import type { Via } from "../caught-mail.ts";
import type { WebhookTargets } from "../webhook.ts";

const protocols: Readonly<Record<Via, readonly string[]>> = {
  sendgrid: ["http:", "https:"],
  mailgun: ["http:", "https:"],
  ses: ["http:", "https:"],
  smtp: ["smtp:", "smtps:"],
};

/** @throws MailError `configuration` that names the target */
export function checkedTargets(targets: WebhookTargets): WebhookTargets {
  const names = Object.keys(protocols);
  const unknown = Object.keys(targets).find((name) => !names.includes(name));
  if (unknown !== undefined) throw misconfigured(`targets.${unknown}`, "is no target", `Targets: ${names.join(", ")}.`);
  const { sendgrid, mailgun, ses, smtp } = targets;
  return {
    ...(sendgrid !== undefined && { sendgrid: checkedTarget("targets.sendgrid", "sendgrid", sendgrid) }),
    ...(mailgun !== undefined && { mailgun: checkedTarget("targets.mailgun", "mailgun", mailgun) }),
    ...(ses !== undefined && { ses: checkedTarget("targets.ses", "ses", ses) }),
    ...(smtp !== undefined && { smtp: checkedTarget("targets.smtp", "smtp", smtp) }),
  };
}

/** @throws MailError `configuration` that names the field */
export function checkedTarget(field: string, via: Via, target: string): string {
  const wanted = protocols[via];
  const url = typeof target === "string" && URL.canParse(target) ? new URL(target) : undefined;
  if (url === undefined || !wanted.includes(url.protocol) || url.hostname === "" || !hasReadableLogin(url))
    throw misconfigured(field, `is no ${wanted.map((name) => `${name}//`).join(" or ")} address`, hints[via]);
  return target;
}

const webHint = "Write it like http://127.0.0.1:3000/webhooks.";
const hints: Readonly<Record<Via, string>> = {
  sendgrid: webHint,
  mailgun: webHint,
  ses: webHint,
  smtp: "Write it like smtp://127.0.0.1:2525.",
};

/** A `%` may stand for nothing that can be decoded. */
function hasReadableLogin({ username, password }: URL): boolean {
  try {
    decodeURIComponent(`${username}:${password}`);
    return true;
  } catch {
    return false;
  }
}
