import type { SMTPServerOptions } from "smtp-server";
import type { InboxSettings } from "../inbox-options.ts";
import { listen } from "../listen.ts";
import { playFault } from "./play-fault.ts";
import type { SmtpCertificate } from "./smtp-certificate.ts";
import { type BeforeCommand, InboxSmtpServer } from "./smtp-connection.ts";
import { smtpHandlers } from "./smtp-handlers.ts";
import { faultAt, type SmtpContext } from "./smtp-occasion.ts";

export interface SmtpSettings extends Pick<InboxSettings, "host" | "smtpPort" | "smtpsPort" | "starttls"> {
  readonly certificate: SmtpCertificate;
}

export interface RunningSmtp {
  readonly port: number;
  /** TLS from the first byte. */
  readonly tlsPort: number;
  /** How many are open. */
  connections(): number;
  close(): Promise<void>;
}

/** RFC 5321 section 4.5.3.2.7: a server waits five minutes for the next command. */
const idleTimeoutMs = 300_000;

/** SMTP on two ports: in the clear with STARTTLS, and by TLS. @throws MailError `configuration` when one is taken */
export async function startSmtp(context: SmtpContext, settings: SmtpSettings): Promise<RunningSmtp> {
  const { host, smtpPort, smtpsPort } = settings;
  const plain = smtpServer(context, settings, false);
  const secure = smtpServer(context, settings, true);
  const close = async (): Promise<void> => {
    await Promise.all([closeServer(plain), closeServer(secure)]);
  };
  try {
    const port = await listen(plain.server, "smtpPort", smtpPort, host);
    const tlsPort = await listen(secure.server, "smtpsPort", smtpsPort, host);
    const connections = (): number => plain.openConnections().length + secure.openConnections().length;
    return { port, tlsPort, connections, close };
  } catch (thrown) {
    await close();
    throw thrown;
  }
}

function smtpServer(context: SmtpContext, settings: SmtpSettings, secure: boolean): InboxSmtpServer {
  const { certificate, starttls } = settings;
  const beforeCommand: BeforeCommand = (stage, connection, callback) =>
    playFault(faultAt(context, stage, connection.session), connection, callback);
  const options: SMTPServerOptions = {
    name: "localhost",
    banner: "@mail/inbox",
    secure,
    key: certificate.key,
    cert: certificate.cert,
    minVersion: "TLSv1.2",
    hideSTARTTLS: starttls === "accepted",
    allowInsecureAuth: true,
    authOptional: context.login === undefined,
    authMethods: ["PLAIN", "LOGIN"],
    size: context.maxBytes,
    rejectOversized: true,
    hideENHANCEDSTATUSCODES: false,
    hideDSN: false,
    disableReverseLookup: true,
    socketTimeout: idleTimeoutMs,
    ...smtpHandlers(context, (session) => server.connectionOf(session)),
  };
  const server: InboxSmtpServer = new InboxSmtpServer(options, beforeCommand);
  return server;
}

function closeServer(server: InboxSmtpServer): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    for (const connection of server.openConnections()) connection.dismiss();
  });
}
