import { composeMail } from "../api/compose-mail.ts";
import type { ApiCall } from "../api/provider-api.ts";
import { readMail } from "../parse-mail.ts";
import type { MailSend } from "./mail-send.ts";
import { renderPersonalization } from "./render-personalization.ts";

/**
 * Catches the mails of a request: one for each recipient in `to`, who sees the others of the personalization. Copies
 * and blind copies go along with the first of them.
 */
export async function catchMailSend(request: MailSend, call: ApiCall, messageId: string): Promise<void> {
  const { hub, inbox, caught, receivedAt } = call;
  for (const one of request.personalizations) {
    const mail = renderPersonalization(request, one, { messageId, date: receivedAt });
    const source = await composeMail(mail);
    const read = await readMail(source);
    const sendAt = one.sendAt ?? request.sendAt;
    for (const [index, { address }] of one.to.entries()) {
      const copies = index === 0 ? [...one.cc, ...one.bcc].map((copy) => copy.address) : [];
      await hub.catchMail({
        via: "sendgrid",
        inbox,
        envelope: { from: mail.from.address, to: [address, ...copies] },
        source,
        read,
        providerId: messageId,
        tags: request.categories,
        metadata: { ...request.customArgs, ...one.customArgs },
        sendAt: sendAt === undefined || sendAt * 1000 <= receivedAt.getTime() ? undefined : new Date(sendAt * 1000),
        request: caught,
      });
    }
  }
}
