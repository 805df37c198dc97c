import {
  type DeliveryState,
  MailError,
  type MailErrorCode,
  networkFailures,
  type ProviderResponse,
  plainReason,
} from "@mail/core";
import type { NodemailerError } from "nodemailer/lib/errors";
import { isLoopback, type SmtpEndpoint } from "./smtp-endpoint.ts";
import { loginHint } from "./smtp-presets.ts";
import { meaningOf, parseReply, type SmtpReply, type SmtpStage } from "./smtp-reply.ts";

/** The server that the error is about. */
export type SmtpServerAddress = Pick<SmtpEndpoint, "host" | "port" | "secure">;

interface Meaning {
  readonly code: MailErrorCode;
  readonly hint: string;
}

/** Commands as nodemailer names them. */
function stageOf({ code, command = "" }: NodemailerError): SmtpStage {
  if (code === "EMESSAGE") return "body";
  if (command.startsWith("AUTH") || code === "EAUTH") return "auth";
  const stages: Readonly<Record<string, SmtpStage>> = {
    EHLO: "ehlo",
    HELO: "ehlo",
    STARTTLS: "starttls",
    "MAIL FROM": "mail",
    "RCPT TO": "rcpt",
    DATA: "data",
  };
  return stages[command] ?? (code === "EPROTOCOL" ? "greeting" : "idle");
}

/**
 * Turns what nodemailer threw into a MailError.
 * @param handedOver the whole mail was handed to the socket, so that the server may have taken it (RFC 1047)
 */
export function smtpError(thrown: unknown, server: SmtpServerAddress, handedOver = false): MailError {
  if (MailError.is(thrown)) return thrown;
  const error: NodemailerError = thrown instanceof Error ? thrown : new Error(String(thrown));
  const reply = error.response === undefined ? undefined : parseReply(error.response);
  if (reply !== undefined && reply.smtpCode >= 400) return refusal(reply, stageOf(error), server, error);
  const delivery: DeliveryState = handedOver ? "unknown" : "not_sent";
  // Who has taken a whole mail is a mail server.
  const noReply = handedOver && error.code === "EPROTOCOL" ? codes["EMESSAGE"] : undefined;
  const { code, hint } = noReply ?? localMeaning(error, server);
  const unclear = "The connection broke after the mail was handed over, so it may have gone out.";
  return new MailError(`${where(server)}: ${textOf(error)}`, {
    code,
    delivery,
    hint: handedOver ? `${unclear} ${hint}` : hint,
    cause: error,
    ...(error.response !== undefined && { response: { text: error.response } }),
  });
}

/** What a refusal by the server means. */
export function refusedError(text: string, stage: SmtpStage, server: SmtpServerAddress): MailError {
  const { smtpCode = 500, ...parts } = parseReply(text) ?? { text };
  return refusal({ ...parts, smtpCode }, stage, server);
}

/** The server does not have the whole mail, and yet may do something with what it has. */
export function takenTooEarly(server: SmtpServerAddress, text: string): MailError {
  return new MailError(`${where(server)} took the mail before all of it was sent: ${text}`, {
    code: "unavailable",
    delivery: "unknown",
    response: parseReply(text) ?? { text },
    hint: "What answers there does not keep to SMTP: check host and port, and proxies on the way.",
  });
}

function refusal(reply: SmtpReply, stage: SmtpStage, server: SmtpServerAddress, cause?: NodemailerError): MailError {
  const meaning = meaningOf(reply, stage);
  const login = meaning.code === "authentication" ? loginHint(server.host) : undefined;
  const response: ProviderResponse = reply;
  return new MailError(`${where(server)} refused at ${stageNames[stage]}: ${reply.text}`, {
    ...meaning,
    hint: login === undefined ? meaning.hint : `${meaning.hint} ${login}`,
    response,
    cause,
  });
}

const stageNames: Readonly<Record<SmtpStage, string>> = {
  greeting: "the greeting",
  ehlo: "EHLO",
  starttls: "STARTTLS",
  auth: "the login",
  mail: "MAIL FROM",
  rcpt: "RCPT TO",
  data: "DATA",
  body: "the end of the mail",
  idle: "an open connection",
};

const where = ({ host, port }: SmtpServerAddress): string => `${host}:${port}`;

/** Node leaves the message of several failed addresses empty. */
function textOf(error: Error): string {
  const parts = error instanceof AggregateError ? error.errors.map((part: Error) => part.message) : [];
  return plainReason(error.message || parts.join("; ") || error.name);
}

function localMeaning(error: NodemailerError, server: SmtpServerAddress): Meaning {
  const { code = "", originalCode = "", command = "" } = error;
  if (code === "EAUTH" && command === "AUTH XOAUTH2") return tokenMeaning(originalCode);
  if (code === "ETIMEDOUT") return { code: "timeout", hint: timeoutHint(error.timeoutType, server) };
  if (isTlsFailure(originalCode) || isTlsFailure(code)) return { code: "tls", hint: tlsHint(originalCode, server) };
  const known = networkFailures[originalCode] ?? networkFailures[code];
  const inContainer = isLoopback(server.host) ? " In a container, localhost is the container itself." : "";
  if (known !== undefined) return { code: known.code, hint: `${known.hint}${inContainer}` };
  return codes[code] ?? { code: "unknown", hint: "Turn on the `logger` option to see the dialogue." };
}

const broken = "The connection broke: try again, and turn on the `logger` option if it stays so.";
const notMail = "What answered is no mail server: check host and port.";

/** nodemailer's own codes, where neither the server nor the network said more. */
const codes: Readonly<Record<string, Meaning>> = {
  EDNS: { code: "dns", hint: "The host name cannot be resolved: check it, and the name server." },
  ESOCKET: { code: "connection", hint: broken },
  ECONNECTION: { code: "connection", hint: broken },
  ETLS: { code: "tls", hint: "The encryption could not be set up." },
  EREQUIRETLS: { code: "tls", hint: "The server does not support REQUIRETLS (RFC 8689)." },
  EPROTOCOL: { code: "configuration", hint: notMail },
  EAUTH: { code: "configuration", hint: "Check auth: the login was not even tried." },
  ENOAUTH: { code: "configuration", hint: "Set auth or oauth2." },
  EENVELOPE: { code: "invalid_message", hint: "Check the addresses." },
  EMESSAGE: { code: "unknown", hint: "The server answered with something that is no reply." },
  ESTREAM: { code: "invalid_message", hint: "The content could not be read." },
  EPROXY: { code: "connection", hint: "The proxy did not let us through: check `proxy`." },
  ECONFIG: { code: "configuration", hint: "Check the options." },
};

/** Failures of the token endpoint, which say nothing about the mail server or a password. */
function tokenMeaning(originalCode: string): Meaning {
  if (originalCode === "EOAUTH2") {
    const hint = "The token endpoint refused: check clientId, clientSecret and refreshToken, which may be revoked.";
    return { code: "authentication", hint };
  }
  const code = networkFailures[originalCode]?.code ?? "connection";
  return { code, hint: "No token could be fetched from oauth2.accessUrl; this is no wrong password. Try again later." };
}

function timeoutHint(type: NodemailerError["timeoutType"], { port, secure }: SmtpServerAddress): string {
  if (type === "GREETING_TIMEOUT" && !secure)
    return `The server on port ${port} says nothing: it may want TLS from the first byte (secure: true, port 465).`;
  const plain = secure ? " The server may also start without TLS here: then write secure: false with port 587." : "";
  if (type === "CONNECT_TIMEOUT" || type === "UPGRADE_TIMEOUT")
    return `Packets to port ${port} may not arrive: many clouds block mail ports. Try 587, 2525 or an HTTP API.${plain}`;
  return "The server stopped answering: try again later.";
}

function isTlsFailure(code: string): boolean {
  return /^(?:ERR_SSL_|ERR_TLS_|CERT_|UNABLE_TO_|SELF_SIGNED_|DEPTH_ZERO_|EPROTO$)/.test(code);
}

const tlsHints: Readonly<Record<string, string>> = {
  DEPTH_ZERO_SELF_SIGNED_CERT: "The certificate is self-signed: give it as `tls: { ca }`.",
  SELF_SIGNED_CERT_IN_CHAIN: "The certificate's authority is not known: give it as `tls: { ca }`.",
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: "The certificate's authority is not known: give it as `tls: { ca }`.",
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: "The certificate's authority is not known: give it as `tls: { ca }`.",
  ERR_TLS_CERT_ALTNAME_INVALID: "The certificate is for another name: use that as host, or as `tls: { servername }`.",
  CERT_HAS_EXPIRED: "The server's certificate has run out, or this machine's clock is wrong.",
};

function tlsHint(code: string, { port, secure }: SmtpServerAddress): string {
  const known = tlsHints[code];
  if (known !== undefined) return known;
  if (/PROTOCOL_VERSION|UNSUPPORTED_PROTOCOL/.test(code)) return "The server's encryption is too old: have it updated.";
  if (secure && /WRONG_VERSION_NUMBER|EPROTO|PACKET_LENGTH/.test(code))
    return `The server starts without TLS on port ${port}: write secure: false with port 587, or use port 465.`;
  return "The encryption could not be set up: check host, port and the server's certificate.";
}
