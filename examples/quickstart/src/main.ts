import { createMailer, fromUrl } from "@mail/core";
import { mailgun } from "@mail/mailgun";
import { sendgrid } from "@mail/sendgrid";
import { ses } from "@mail/ses";
import { smtp } from "@mail/smtp";
import { readCommandLine } from "./command-line.ts";
import { startCatcher } from "./mail-catcher.ts";
import { printError, printMail, printReceipt } from "./print.ts";

try {
  const message = readCommandLine(process.argv.slice(2));
  await using catcher = process.env.MAIL_URL ? undefined : await startCatcher();
  await using mailer = createMailer({
    transport: fromUrl(process.env.MAIL_URL ?? catcher?.url, [smtp, sendgrid, mailgun, ses]),
  });

  const receipt = await mailer.send(message);

  printReceipt(receipt);
  if (catcher !== undefined) printMail(await catcher.arrived);
} catch (error) {
  printError(error);
  process.exitCode = 1;
}
