import { MailError } from "@mail/core";
import { type Inbox, startInbox } from "@mail/inbox";
import { printNote } from "./print.ts";

/** Starts an inbox on the usual ports; a free one stands in for each that is taken. */
export async function openInbox(): Promise<Inbox> {
  const usual = { port: 8025, smtpPort: 1025, smtpsPort: 1465 };
  const ports = { ...usual };
  for (;;) {
    try {
      return await startInbox(ports);
    } catch (error) {
      const taken = Object.keys(ports).find((name) => MailError.is(error) && error.field === name) as
        | keyof typeof ports
        | undefined;
      if (taken === undefined || ports[taken] === 0) throw error;
      printNote(`Port ${usual[taken]} cannot be used here, so a free one stands in for it.`);
      ports[taken] = 0;
    }
  }
}
