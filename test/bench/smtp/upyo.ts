import { readFile } from "node:fs/promises";
import { basename } from "node:path";
import { type Attachment, createMessage } from "@upyo/core";
import { SmtpTransport } from "@upyo/smtp";
import type { LoadMail } from "./loads.ts";
import type { Subject, SubjectOptions } from "./subject.ts";

export function open({ port, connections }: SubjectOptions): Subject {
  const transport = new SmtpTransport({
    host: "127.0.0.1",
    port,
    secure: false,
    // It is said to be the default, but without it each mail has a connection of its own.
    pool: true,
    poolSize: connections,
  });
  return {
    async send({ text, html, attachment, ...mail }: LoadMail) {
      const attachments = attachment === undefined ? [] : [await toAttachment(attachment)];
      const receipt = await transport.send(createMessage({ ...mail, content: { text, html }, attachments }));
      if (!receipt.successful) throw new Error(receipt.errorMessages.join(", "));
    },
    close: () => transport.closeAllConnections(),
  };
}

async function toAttachment(attachment: NonNullable<LoadMail["attachment"]>): Promise<Attachment> {
  const { filename, content } =
    "path" in attachment
      ? { filename: basename(attachment.path), content: await readFile(attachment.path) }
      : attachment;
  return { filename, content, contentType: "application/pdf", contentId: "report@acme.example", inline: false };
}
