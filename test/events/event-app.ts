import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import {
  createMailer,
  fromUrl,
  type Logger,
  type MailEvent,
  type MailEventSource,
  type Mailer,
  type Transport,
} from "@mail/core";
import { type Inbox, type InboxOptions, startInbox, type Via } from "@mail/inbox";
import { mailgun } from "@mail/mailgun";
import { mailgunEvents } from "@mail/mailgun/events";
import { sendgrid } from "@mail/sendgrid";
import { sendgridEvents } from "@mail/sendgrid/events";
import { ses } from "@mail/ses";
import { sesEvents } from "@mail/ses/events";
import { smtp } from "@mail/smtp";
import { bounceEvents, mailRequest, verp } from "@mail/smtp/events";
import { createTracker, type Tracker } from "@mail/tracking";
import { SMTPServer } from "smtp-server";

/** How an app sends, and hears of its mails. */
export interface Setup {
  readonly name: string;
  readonly via: Via;
  /** Whether return paths are signed. */
  readonly signed?: true;
  readonly inbox?: InboxOptions;
}

export const setups: readonly Setup[] = [
  { name: "smtp", via: "smtp" },
  { name: "smtp with signed return paths", via: "smtp", signed: true },
  { name: "sendgrid", via: "sendgrid" },
  { name: "mailgun", via: "mailgun" },
  { name: "ses, signature version 1", via: "ses", inbox: { snsSignatureVersion: "1" } },
  { name: "ses, signature version 2", via: "ses", inbox: { snsSignatureVersion: "2" } },
];

/** An inbox whose SNS messages name a certificate at the host of SNS, which apps insist on. */
export function startEventInbox({ inbox }: Pick<Setup, "inbox"> = {}): Promise<Inbox> {
  const signingCertUrl = "https://sns.us-east-1.amazonaws.com/SimpleNotificationService.pem";
  return startInbox({ port: 0, signingCertUrl, ...inbox });
}

export interface EventApp extends AsyncDisposable {
  readonly tracker: Tracker;
  /** Sends through the tracker, and to nobody who is on its list. */
  readonly mailer: Mailer;
  /** What the sources read of the reports, before it was joined with anything. */
  readonly read: readonly MailEvent[];
}

const returnPaths = { address: "bounces@acme.example", secret: "correct horse battery staple" };

interface AppOptions {
  /** Default: the topic of the inbox. */
  readonly topicArn?: string;
  /** Of the source for SES. */
  readonly logger?: Logger;
}

/** An app that sends into an inbox and takes the inbox's reports. */
export async function startEventApp(
  inbox: Inbox,
  { via, signed }: Pick<Setup, "via" | "signed">,
  { topicArn = inbox.webhookKeys.sesTopicArn, logger }: AppOptions = {},
): Promise<EventApp> {
  const read: MailEvent[] = [];
  const remember = (source: MailEventSource): MailEventSource => ({
    ...source,
    async parse(request) {
      const events = await source.parse(request);
      read.push(...events);
      return events;
    },
  });
  const { sendgridPublicKey, mailgunSigningKey, sesCertificate } = inbox.webhookKeys;
  const tracker = createTracker({
    sources: {
      sendgrid: remember(sendgridEvents({ publicKey: sendgridPublicKey })),
      mailgun: remember(mailgunEvents({ signingKey: mailgunSigningKey })),
      ses: remember(
        sesEvents({
          topicArns: [topicArn],
          fetchCertificate: () => sesCertificate,
          confirm: (subscription) => confirmAt(inbox, subscription),
          logger,
        }),
      ),
      smtp: remember(bounceEvents(signed ? { verp: returnPaths } : {})),
    },
  });
  const web = await webServer(tracker);
  const mail = await mailServer(tracker);
  const webhooks = `http://127.0.0.1:${web.port}/webhooks`;
  inbox.setWebhookTargets(via === "smtp" ? { smtp: `smtp://127.0.0.1:${mail.port}` } : { [via]: `${webhooks}/${via}` });
  const adapter: Transport = fromUrl(inbox.urls[via], [smtp, sendgrid, mailgun, ses]);
  const mailer = createMailer({
    transport: tracker.transport(signed ? verp(adapter, returnPaths) : adapter),
    suppressions: tracker.suppressions,
  });
  return {
    tracker,
    mailer,
    read,
    async [Symbol.asyncDispose]() {
      inbox.setWebhookTargets({});
      await mailer.close();
      await Promise.all([web.close(), mail.close()]);
      await tracker.close();
    },
  };
}

/** What `ConfirmSubscription` of the AWS SDK does, at the inbox. */
async function confirmAt(
  inbox: Inbox,
  subscription: { readonly topicArn: string; readonly token: string },
): Promise<void> {
  const { topicArn: TopicArn, token: Token } = subscription;
  const query = new URLSearchParams({ Action: "ConfirmSubscription", TopicArn, Token });
  const { status } = await fetch(`${inbox.urls.web}/sns/?${query}`);
  if (status !== 200) throw new Error(`SNS answered ${status}`);
}

interface Listening {
  readonly port: number;
  close(): Promise<void>;
}

/** Takes webhooks at `/webhooks/:source`. */
async function webServer(tracker: Tracker): Promise<Listening> {
  const server = createServer((incoming, outgoing) => void answer(incoming, outgoing));
  async function answer(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const request = await toRequest(incoming);
    const response = await tracker.handle(request, new URL(request.url).pathname.replace("/webhooks/", ""));
    outgoing.writeHead(response.status, Object.fromEntries(response.headers));
    outgoing.end(await response.text());
  }
  return {
    port: await portOf(server),
    async close() {
      server.close();
      await once(server, "close");
    },
  };
}

async function toRequest(incoming: IncomingMessage): Promise<Request> {
  const { url, method = "GET", headers } = incoming;
  return new Request(`http://127.0.0.1${url}`, {
    method,
    headers: Object.entries(headers).map(([name, value]) => [name, String(value)] as [string, string]),
    body: new Uint8Array(await buffer(incoming)),
  });
}

/** Takes the mails that come back. */
async function mailServer(tracker: Tracker): Promise<Listening> {
  const server = new SMTPServer({
    disableReverseLookup: true,
    disabledCommands: ["STARTTLS", "AUTH"],
    closeTimeout: 500,
    onData(stream, _session, done) {
      void tracker.handle(mailRequest(stream), "smtp").then(({ status }) => {
        if (status === 200) done();
        else done(Object.assign(new Error(`handle answered ${status}`), { responseCode: status < 500 ? 550 : 451 }));
      });
    },
  });
  server.on("error", () => undefined);
  return {
    port: await portOf(server),
    close: () => new Promise((resolve) => server.close(resolve)),
  };
}

async function portOf(server: Server | SMTPServer): Promise<number> {
  const listening = "server" in server ? server.server : server;
  server.listen(0, "127.0.0.1");
  await once(listening, "listening");
  return (listening.address() as AddressInfo).port;
}
