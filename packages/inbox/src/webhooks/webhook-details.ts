import type { Via } from "../caught-mail.ts";
import type { WebhookAction } from "../webhook.ts";
import { namesOf } from "./event-variants.ts";
import { mailgunVariants } from "./mailgun-variants.ts";
import { reportMailVariants } from "./report-mail-variants.ts";
import { sendgridVariants } from "./sendgrid-variants.ts";
import { sesVariants } from "./ses-variants.ts";

/** What `detail` may be, by provider and action; the first is the usual one, and none means that there is no event. */
export const webhookDetails: Readonly<Record<Via, Readonly<Record<WebhookAction, readonly string[]>>>> = {
  smtp: namesOf(reportMailVariants),
  sendgrid: namesOf(sendgridVariants),
  mailgun: namesOf(mailgunVariants),
  ses: namesOf(sesVariants),
};
