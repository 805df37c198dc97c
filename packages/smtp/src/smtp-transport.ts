import {
  type Adapter,
  type AdapterSession,
  defineAdapter,
  type PreparedMessage,
  type TransportReceipt,
  untilAborted,
} from "@mail/core";
import { EncodedAttachments } from "./compose/encoded-attachments.ts";
import { EncodedTexts } from "./compose/encoded-texts.ts";
import { ConnectionPool } from "./connection-pool.ts";
import type { ConnectionOwner } from "./delivery/connection-owner.ts";
import { DeliveryConnection } from "./delivery/delivery-connection.ts";
import type { LoggedIn } from "./delivery/logged-in.ts";
import type { TakenMail } from "./delivery/pending-mail.ts";
import { ServerHabits } from "./delivery/server-habits.ts";
import { serverMessageId } from "./delivery/server-message-id.ts";
import { WriteTurn } from "./delivery/write-turn.ts";
import { dialogueLogger } from "./dialogue-logger.ts";
import { checkProxy } from "./proxy-socket.ts";
import { endpointOf, optionsFromSmtpUrl, type SmtpEndpoint } from "./smtp-endpoint.ts";
import { connectionAuth, dkimKeyOf, loginOf } from "./smtp-login.ts";
import { type SmtpOptions, smtpOptionRules, smtpSecrets } from "./smtp-options.ts";
import { openSession, type SessionOptions } from "./smtp-session.ts";
import { toSmtpRequest } from "./to-smtp-request.ts";

const defaults = { maxConnections: 5, maxMessages: 100, idleTimeoutMs: 240_000 };

/** Sends through any SMTP server, by nodemailer. @throws MailError `configuration` that names the option */
export const smtp: Adapter<SmtpOptions> = defineAdapter<SmtpOptions>({
  name: "smtp",
  schemes: ["smtp", "smtps"],
  rules: smtpOptionRules,
  optionsFromUrl: optionsFromSmtpUrl,
  secrets: (options) => [...smtpSecrets(options), derivedPassword(options)],
  features: {
    fields: ["amp", "attachments", "calendar", "envelope", "internationalLocalPart", "priority", "sender"],
    envelopeRecipients: true,
  },
  create: createSession,
});

/** The password that is not in the options must not be seen either. Bad options are told by `create`. */
function derivedPassword(options: SmtpOptions): string | undefined {
  if (options.auth?.awsSecretAccessKey === undefined || options.region === undefined) return undefined;
  const login = loginOf(options);
  return login?.kind === "password" ? login.pass : undefined;
}

function createSession(options: SmtpOptions): AdapterSession {
  const endpoint = endpointOf(options);
  const login = loginOf(options);
  const dkim = dkimKeyOf(options.dkim);
  checkProxy(options.proxy);
  const connection = connectionOptions(options, endpoint);
  const encoded = new EncodedAttachments();
  const texts = new EncodedTexts();
  let auth: ReturnType<typeof connectionAuth> | undefined;

  async function open(signal: AbortSignal): Promise<LoggedIn> {
    if (login !== undefined) auth ??= connectionAuth(login);
    return openSession({ connection, proxy: options.proxy, auth: await auth }, signal);
  }

  const habits = new ServerHabits();
  const turn = new WriteTurn();
  const connect = async (owner: ConnectionOwner, signal: AbortSignal): Promise<DeliveryConnection> =>
    new DeliveryConnection(await open(signal), habits, turn, owner);
  const pool = new ConnectionPool(connect, {
    maxConnections: options.maxConnections ?? defaults.maxConnections,
    maxMessages: options.pool === false ? 1 : (options.maxMessages ?? defaults.maxMessages),
    idleTimeoutMs: options.idleTimeout ?? defaults.idleTimeoutMs,
  });

  return {
    async send(mail, { signal }) {
      const composing = toSmtpRequest(mail, dkim, encoded, texts);
      if (!(composing instanceof Promise)) return receiptOf(mail, await pool.send(composing, signal), endpoint);
      try {
        // Composing cannot be stopped, but nobody has to wait for it.
        const request = await untilAborted(composing, signal);
        return receiptOf(mail, await pool.send(request, signal), endpoint);
      } finally {
        void composing.then(
          (request) => request.release?.(),
          () => undefined,
        );
      }
    },
    async check(mail) {
      const request = await toSmtpRequest(mail, dkim, encoded);
      request.release?.();
    },
    async verify({ signal }) {
      const connection = await connect(nobody, signal);
      await connection.quit();
    },
    close: () => pool.close(),
  };
}

function connectionOptions(options: SmtpOptions, endpoint: SmtpEndpoint): SessionOptions["connection"] {
  const { name, localAddress, connectionTimeout, greetingTimeout, socketTimeout, dnsTimeout, logger } = options;
  const { host, port, secure, starttls } = endpoint;
  const secrets = [...smtpSecrets(options), derivedPassword(options)].filter((secret) => secret !== undefined);
  return {
    host,
    port,
    secure,
    requireTLS: !secure && starttls === "required",
    opportunisticTLS: !secure && starttls === "opportunistic",
    tls: { minVersion: "TLSv1.2", ...options.tls },
    name,
    localAddress,
    connectionTimeout,
    greetingTimeout,
    socketTimeout,
    dnsTimeout,
    // An aborted mail must not go out with what is still in the socket's buffer.
    socketCloseTimeout: 0,
    ...(logger !== undefined && { transactionLog: true, logger: dialogueLogger(logger, secrets) }),
  };
}

function receiptOf(mail: PreparedMessage, taken: TakenMail, { host }: SmtpEndpoint): TransportReceipt {
  const { accepted, rejected, response } = taken;
  const replaced = serverMessageId(response, host);
  const providerId = sesMessageId.exec(replaced ?? "")?.[1];
  return {
    status: "sent",
    ...(providerId !== undefined && { providerId }),
    // Servers that replace the header say so in their answer (Microsoft 365, Amazon SES).
    messageId: replaced ?? mail.messageId,
    accepted,
    rejected,
    raw: { response },
  };
}

/** For a connection that carries no mail. */
const nobody: ConnectionOwner = { onChange: () => undefined, onGone: () => undefined };

/** What stands before the @ is the id in the events of Amazon SES; no other server has events. */
const sesMessageId = /^<([^@>]+)@[^>]+\.amazonses\.com>$/;
