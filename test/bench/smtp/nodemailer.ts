import { createTransport } from "nodemailer";
import type { LoadMail } from "./loads.ts";
import { manyMails, type Subject, type SubjectOptions } from "./subject.ts";

export function open({ port, connections }: SubjectOptions): Subject {
  const transport = createTransport({
    host: "127.0.0.1",
    port,
    pool: true,
    maxConnections: connections,
    maxMessages: manyMails,
  });
  return {
    send: ({ attachment, ...mail }: LoadMail) =>
      transport.sendMail({ ...mail, ...(attachment !== undefined && { attachments: [attachment] }) }),
    close: async () => transport.close(),
  };
}
