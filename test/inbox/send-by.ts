import {
  createMailer,
  fromUrl,
  MailError,
  type Mailer,
  type Message,
  type Receipt,
  type SendOptions,
} from "@mail/core";
import type { Inbox, Via } from "@mail/inbox";
import { mailgun } from "@mail/mailgun";
import { sendgrid } from "@mail/sendgrid";
import { ses } from "@mail/ses";
import { smtp } from "@mail/smtp";

export const transports: readonly Via[] = ["smtp", "sendgrid", "mailgun", "ses"];

export const message: Message = {
  from: "Acme <hello@acme.example>",
  to: "Ada <ada@example.com>",
  subject: "Your order",
  text: "Dear Ada",
  html: '<p>Dear Ada, <a href="https://acme.example/orders/1">your order</a></p>',
};

/** A mailer with our adapter, told of nothing but the inbox's URL. */
export function mailerBy(via: Via, inbox: Inbox): Mailer {
  return createMailer({ transport: fromUrl(inbox.urls[via], [smtp, sendgrid, mailgun, ses]) });
}

/** Sends one mail by it. */
export async function sendBy(
  via: Via,
  inbox: Inbox,
  changes: Message = {},
  options: SendOptions = {},
): Promise<Receipt> {
  await using mailer = mailerBy(via, inbox);
  return await mailer.send({ ...message, ...changes }, options);
}

/** The error that sending ends in. */
export async function failureBy(...args: Parameters<typeof sendBy>): Promise<MailError> {
  const error = await sendBy(...args).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!MailError.is(error)) throw new Error("a MailError was expected", { cause: error });
  return error;
}
