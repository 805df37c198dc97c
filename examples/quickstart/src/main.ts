import { createMailer, fromUrl } from "@mail/core";
import { mailgun } from "@mail/mailgun";
import { sendgrid } from "@mail/sendgrid";
import { ses } from "@mail/ses";
import { smtp } from "@mail/smtp";
import { readCommandLine } from "./command-line.ts";
import { openInbox } from "./open-inbox.ts";
import { createReport } from "./report.ts";
import { stayOpen } from "./stay-open.ts";

const { message, stays } = readCommandLine(process.argv.slice(2));
await using inbox = process.env.MAIL_URL ? undefined : await openInbox();
const report = createReport(inbox);
const { urls } = inbox ?? {};

for (const url of urls ? [urls.smtp, urls.sendgrid, urls.mailgun, urls.ses] : [process.env.MAIL_URL]) {
  try {
    await using mailer = createMailer({ transport: fromUrl(url, [smtp, sendgrid, mailgun, ses]) });
    const receipt = await mailer.send(message);
    report.sent(receipt, await inbox?.waitFor(({ mailId }) => mailId === receipt.id));
  } catch (error) {
    report.failed(error);
  }
}

report.finish();
if (inbox && stays) await stayOpen(inbox);
