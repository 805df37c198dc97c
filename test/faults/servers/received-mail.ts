import type { Api } from "./api-answers.ts";

/** A whole mail that a server has read. */
export interface ReceivedMail {
  readonly recipients: readonly string[];
  readonly mailId: string | undefined;
  /** Absent where the provider makes one itself. */
  readonly messageId: string | undefined;
  /** The server took it over. */
  readonly accepted: boolean;
}

type Read = (content: Buffer) => Omit<ReceivedMail, "accepted">;

/** How each API is given recipients and ids. */
export const readRequest: Readonly<Record<Api, Read>> = {
  sendgrid(content) {
    const { personalizations, headers } = JSON.parse(content.toString());
    return {
      recipients: personalizations.flatMap(({ to }: { to: { email: string }[] }) => to.map(({ email }) => email)),
      mailId: headers["X-Mail-Id"],
      messageId: headers["Message-ID"],
    };
  },
  mailgun(content) {
    return {
      recipients: formValues(content, "to").map(bareAddress),
      mailId: formValues(content, "h:X-Mail-Id")[0],
      messageId: formValues(content, "h:Message-Id")[0],
    };
  },
  ses(content) {
    const { Destination, Content } = JSON.parse(content.toString());
    const headers: readonly { Name: string; Value: string }[] = Content.Simple.Headers;
    const headerNamed = (name: string) => headers.find(({ Name }) => Name === name)?.Value;
    return {
      recipients: Destination.ToAddresses.map(bareAddress),
      mailId: headerNamed("X-Mail-Id"),
      messageId: headerNamed("Message-ID"),
    };
  },
};

/** Ids of a mail in MIME. */
export function readSource(source: Buffer, recipients: readonly string[]): Omit<ReceivedMail, "accepted"> {
  const head = source.subarray(0, source.indexOf("\r\n\r\n")).toString("latin1");
  return {
    recipients,
    mailId: /^X-Mail-Id: (\S+)/im.exec(head)?.[1],
    messageId: /^Message-ID: (\S+)/im.exec(head)?.[1],
  };
}

function formValues(content: Buffer, name: string): readonly string[] {
  const values: string[] = [];
  const start = `name="${name}"\r\n\r\n`;
  for (let at = content.indexOf(start); at !== -1; at = content.indexOf(start, at + 1)) {
    const from = at + start.length;
    values.push(content.subarray(from, content.indexOf("\r\n", from)).toString());
  }
  return values;
}

function bareAddress(text: string): string {
  return /<([^>]+)>/.exec(text)?.[1] ?? text;
}
