import { createMailer, file } from "@mail/core";
import { smtp } from "@mail/smtp";
import type { LoadMail } from "./loads.ts";
import { manyMails, type Subject, type SubjectOptions } from "./subject.ts";

export function open({ port, connections }: SubjectOptions): Subject {
  const mailer = createMailer({
    transport: smtp({ host: "127.0.0.1", port, maxConnections: connections, maxMessages: manyMails }),
  });
  return {
    send: ({ attachment, ...mail }: LoadMail) =>
      mailer.send({
        ...mail,
        ...(attachment !== undefined && {
          attachments: ["path" in attachment ? file(attachment.path) : attachment],
        }),
      }),
    close: () => mailer.close(),
  };
}
