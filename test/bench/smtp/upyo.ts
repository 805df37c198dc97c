import { readFile } from "node:fs/promises";
import { basename } from "node:path";
import type { LoadMail } from "./loads.ts";
import type { Subject, SubjectOptions } from "./subject.ts";

/** As much of @upyo/core and @upyo/smtp as is used here; they need not be installed. */
interface Upyo {
  createMessage(fields: object): object;
  readonly SmtpTransport: new (
    config: object,
  ) => {
    send(message: object): Promise<{ readonly successful: boolean; readonly errorMessages?: readonly string[] }>;
    closeAllConnections(): Promise<void>;
  };
}

export const upyoPackages = ["@upyo/core", "@upyo/smtp"] as const;

export async function open({ port, connections }: SubjectOptions): Promise<Subject> {
  const [core, smtp] = await Promise.all(upyoPackages.map((name) => import(name)));
  const { createMessage, SmtpTransport } = { ...core, ...smtp } as Upyo;
  const transport = new SmtpTransport({ host: "127.0.0.1", port, secure: false, pool: true, poolSize: connections });
  return {
    async send({ text, html, attachment, ...mail }: LoadMail) {
      const attachments = attachment === undefined ? [] : [await toAttachment(attachment)];
      const receipt = await transport.send(createMessage({ ...mail, content: { text, html }, attachments }));
      if (!receipt.successful) throw new Error(receipt.errorMessages?.join(", "));
    },
    close: () => transport.closeAllConnections(),
  };
}

async function toAttachment(attachment: NonNullable<LoadMail["attachment"]>): Promise<object> {
  const { filename, content } =
    "path" in attachment
      ? { filename: basename(attachment.path), content: await readFile(attachment.path) }
      : attachment;
  return { filename, content, contentType: "application/pdf", contentId: "report@acme.example", inline: false };
}
