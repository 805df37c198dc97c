import {
  type BulkRecipient,
  createMailer,
  fromUrl,
  type MailerOptions,
  type Message,
  type PreparedMessage,
  renderBatchRecipient,
  type SendOutcome,
  type Transport,
} from "@mail/core";
import { type CaughtMail, type Inbox, startInbox, type Via } from "@mail/inbox";
import { mailgun } from "@mail/mailgun";
import { sendgrid } from "@mail/sendgrid";
import { ses } from "@mail/ses";
import { smtp } from "@mail/smtp";
import { decodeWords } from "postal-mime";
import { expect, onTestFinished } from "vitest";

export type Api = Exclude<Via, "smtp">;
export const apis: readonly Api[] = ["sendgrid", "mailgun", "ses"];

export async function freshInbox(): Promise<Inbox> {
  const inbox = await startInbox({ port: 0 });
  onTestFinished(() => inbox.close());
  return inbox;
}

export function transportTo(inbox: Inbox, via: Via): Transport {
  const transport = fromUrl(inbox.urls[via], [smtp, sendgrid, mailgun, ses]);
  onTestFinished(() => transport.close?.());
  return transport;
}

/** What went through a transport. */
export interface Watched {
  readonly transport: Transport;
  /** Sizes of the batches. */
  readonly batches: number[];
  /** Mails that went alone. */
  readonly alone: PreparedMessage[];
  /** What each mail should look like, by its id. */
  readonly wanted: Map<string, PreparedMessage>;
}

export function watch(transport: Transport): Watched {
  const batches: number[] = [];
  const alone: PreparedMessage[] = [];
  const wanted = new Map<string, PreparedMessage>();
  const { sendBatch } = transport;
  const watching: Transport = {
    ...transport,
    send(mail, context) {
      alone.push(mail);
      wanted.set(mail.id, mail);
      return transport.send(mail, context);
    },
    ...(sendBatch !== undefined && {
      sendBatch(batch, context) {
        batches.push(batch.recipients.length);
        for (const one of batch.recipients) wanted.set(one.id, renderBatchRecipient(batch.mail, one));
        return sendBatch(batch, context);
      },
    }),
  };
  return { transport: watching, batches, alone, wanted };
}

/** Outcomes of a mail merge in the order of the recipients. */
export async function merge(
  options: MailerOptions<string> | Transport,
  message: Message,
  recipients: Iterable<BulkRecipient>,
): Promise<readonly SendOutcome[]> {
  const mailer = createMailer("features" in options ? { transport: options } : options);
  const outcomes: SendOutcome[] = [];
  for await (const outcome of mailer.sendBulk(message, recipients)) outcomes.push(outcome);
  return outcomes.sort((one, other) => one.index - other.index);
}

/** Counts an API's requests from now on. */
export function countRequests(inbox: Inbox, via: Via): () => number {
  const { id } = inbox.faults.add({ via, stage: "request", every: 1_000_000, action: { type: "delay", ms: 0 } });
  return () => inbox.faults.list().find((fault) => fault.id === id)?.asked ?? 0;
}

/** The parts of a mail that a merge writes, without what MIME does to white space and ends of lines. */
interface Written {
  readonly to: readonly string[];
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** Each mail was sent, and stands in the inbox once, as it should look. */
export function expectArrived(inbox: Inbox, wanted: Watched["wanted"], outcomes: readonly SendOutcome[]): void {
  for (const outcome of outcomes) {
    if (!outcome.ok) throw outcome.error;
    const mail = wanted.get(outcome.receipt.id) ?? expect.fail("the mail was not handed to the transport");
    const [arrived, ...others] = inbox.messages().filter(({ mailId }) => mailId === mail.id);
    const names = Object.keys(mail.headers).map((name) => name.toLowerCase());
    expect(arrived && arrivedOf(arrived, names)).toEqual(wantedOf(mail));
    expect(others).toEqual([]);
  }
}

function wantedOf(mail: PreparedMessage): Written {
  return {
    to: mail.to.map(({ address }) => address),
    subject: line(mail.subject),
    text: body(mail.text),
    html: body(mail.html),
    headers: Object.fromEntries(Object.entries(mail.headers).map(([name, value]) => [name.toLowerCase(), line(value)])),
  };
}

/** @param names of the headers that are looked at */
function arrivedOf(mail: CaughtMail, names: readonly string[]): Written {
  const own = mail.headers.filter(({ name }) => names.includes(name.toLowerCase()));
  return {
    to: mail.envelope.to,
    subject: line(mail.subject),
    text: body(mail.text),
    html: body(mail.html),
    headers: Object.fromEntries(own.map(({ name, value }) => [name.toLowerCase(), line(decodeWords(value))])),
  };
}

const line = (text: string): string => text.replace(/[ \t]+/g, " ").trim();
const body = (text = ""): string => text.replace(/\r\n?/g, "\n").replace(/\n+$/, "");
