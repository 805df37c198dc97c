import { expect } from "vitest";
import type { Capability } from "./conformance-case.ts";
import { plainRecipients } from "./plain-mail.ts";
import { send, sendAndReceive } from "./send-mail.ts";

export const ids: Capability = {
  name: "ids and receipts",
  cases: [
    {
      name: "the mail's id arrives as X-Mail-Id and is the receipt's",
      async run(subject) {
        const { receipt, mail } = await sendAndReceive(subject);
        expect(mail.headers["x-mail-id"]).toBe(receipt.id);
      },
    },
    {
      name: "providerId has no <> and is not empty",
      async run(subject) {
        const { providerId } = await send(subject);
        if (providerId !== undefined) expect(providerId).toMatch(/^[^<>\s]+$/);
      },
    },
    {
      name: "messageId has <> and is the one that arrives, or is absent",
      async run(subject) {
        const { receipt, mail } = await sendAndReceive(subject);
        if (receipt.messageId === undefined) return;
        expect(receipt.messageId).toMatch(/^<[^<>\s]+@[^<>\s]+>$/);
        const arrived = mail.headers["message-id"];
        if (arrived !== undefined) expect(receipt.messageId).toBe(arrived.trim());
      },
    },
    {
      name: "two mails have ids of their own",
      async run(subject) {
        const [one, two] = [await send(subject), await send(subject)];
        expect(one.id).not.toBe(two.id);
        if (one.providerId !== undefined) expect(one.providerId).not.toBe(two.providerId);
        if (one.messageId !== undefined) expect(one.messageId).not.toBe(two.messageId);
      },
    },
    {
      name: "the receipt lists who was accepted, and nobody as rejected",
      async run(subject) {
        const { receipt } = await sendAndReceive(subject, { cc: "bob@example.com", bcc: "spy@example.com" });
        expect(plainRecipients(receipt.accepted)).toEqual(["ada@example.com", "bob@example.com", "spy@example.com"]);
        expect(receipt.rejected).toEqual([]);
      },
    },
    {
      name: "the receipt tells of one attempt and no error",
      async run(subject) {
        const { attempts, status } = await send(subject);
        expect(attempts).toHaveLength(1);
        expect(attempts[0]?.error).toBeUndefined();
        expect(["sent", "queued"]).toContain(status);
      },
    },
  ],
};
