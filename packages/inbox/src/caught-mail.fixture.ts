import type { CaughtMail } from "./caught-mail.ts";

/** A mail as it lies in a store. */
export function caught(fields: Partial<CaughtMail> = {}): CaughtMail {
  return {
    id: "01900000-0000-7000-8000-000000000000",
    inbox: "default",
    via: "smtp",
    receivedAt: new Date(1_767_225_600_000),
    unread: true,
    envelope: { from: "app@acme.example", to: ["someone@example.com"] },
    providerId: "ABCDEF",
    to: [],
    cc: [],
    bcc: [],
    replyTo: [],
    subject: "Hi",
    headers: [],
    attachments: [],
    tags: [],
    metadata: {},
    size: 1,
    ...fields,
  };
}

/** The n-th of several mails; ids ascend. */
export function numbered(n: number, fields: Partial<CaughtMail> = {}): CaughtMail {
  return caught({ id: `01900000-0000-7000-8000-${String(n).padStart(12, "0")}`, subject: `Mail ${n}`, ...fields });
}

export function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
