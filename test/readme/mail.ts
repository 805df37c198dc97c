import { createMailer, failover } from "@mail/core";
import { mock } from "@mail/mock";
import { sendgrid } from "@mail/sendgrid";
import { ses } from "@mail/ses";
import { smtp } from "@mail/smtp";

const env = process.env;

export const mailer = createMailer({
  use: env.MAIL_TRANSPORT ?? "gmail", // the one entry to change
  transports: {
    // built only when used
    gmail: () => smtp({ service: "gmail", auth: { user: env.SMTP_USER, pass: env.SMTP_PASS } }),
    relay: () => failover([ses({ region: "eu-west-1" }), sendgrid({ apiKey: env.SENDGRID_API_KEY })]),
    test: () => mock(),
  },
  defaults: { from: "Acme <hello@acme.example>" },
});

const receipt = await mailer.send({ to: "Ada <ada@example.com>", subject: "Hi", text: "Hello" });
