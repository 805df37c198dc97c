import { createMailer, fromUrl, type Message } from "@mail/core";
import { mailgun } from "@mail/mailgun";
import { sendgrid } from "@mail/sendgrid";
import { ses } from "@mail/ses";
import { smtp } from "@mail/smtp";
import { expect, test } from "vitest";

/** Nobody answers there: whoever sent anything would fail otherwise. */
const urls = {
  smtp: "smtp://127.0.0.1:9",
  sendgrid: "sendgrid://KEY@127.0.0.1:9",
  mailgun: "mailgun://KEY@mg.acme.example?baseUrl=http://127.0.0.1:9",
  ses: "ses://ID:SECRET@127.0.0.1:9?region=eu-west-1",
};

const message: Message = { from: "a@acme.example", to: "b@example.com", subject: "Hi", text: "Hello" };

test.each(Object.entries(urls))("check finds what %s would refuse, without connecting", async (name, url) => {
  await using mailer = createMailer({ transport: fromUrl(url, [smtp, sendgrid, mailgun, ses]) });
  expect(await mailer.check(message)).toMatchObject({ ok: true, errors: [] });
  const missing = { ...message, attachments: [{ filename: "a", content: () => Promise.reject(new Error("gone")) }] };
  expect(await mailer.check(missing)).toMatchObject({ ok: false, errors: [{ field: "attachments[0].content" }] });
  if (name === "smtp") return;
  const options = { providerOptions: { [name]: { nonsense: true } } as never };
  expect(await mailer.check({ ...message, ...options })).toMatchObject({
    ok: false,
    errors: [{ code: "invalid_message", field: `providerOptions.${name}.nonsense` }],
  });
});
