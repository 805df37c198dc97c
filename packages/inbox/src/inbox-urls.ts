import { isIP, isIPv6 } from "node:net";
import type { InboxUrls } from "./inbox.ts";

interface Addresses {
  readonly host: string;
  readonly port: number;
  readonly smtpPort: number;
  readonly smtpsPort: number;
  readonly login: { readonly user: string; readonly pass: string } | undefined;
}

/**
 * Ready values for `MAIL_URL`: the adapters take a loopback host as plain HTTP; another one is given as base URL, which
 * needs no encoding in a query (RFC 3986 section 3.4).
 */
export function inboxUrls({ host: listened, port, smtpPort, smtpsPort, login }: Addresses): InboxUrls {
  const host = reachable(listened);
  const web = `http://${host}:${port}`;
  const smtpLogin = login === undefined ? "" : `${encode(login.user)}:${encode(login.pass)}@`;
  const key = encode(login?.pass ?? "default");
  const keyPair = `${encode(login?.user ?? "default")}:${key}`;
  const plain = isLoopback(host.replace(/^\[|\]$/g, ""));
  return {
    smtp: `smtp://${smtpLogin}${host}:${smtpPort}`,
    smtps: `smtps://${smtpLogin}${host}:${smtpsPort}`,
    sendgrid: plain ? `sendgrid://${key}@${host}:${port}` : `sendgrid://${key}@default?baseUrl=${web}`,
    mailgun: `mailgun://${key}@inbox.example?baseUrl=${web}`,
    ses: plain
      ? `ses://${keyPair}@${host}:${port}?region=us-east-1`
      : `ses://${keyPair}@default?region=us-east-1&endpoint=${web}`,
    web,
  };
}

/** The address under which this machine reaches what listens on `host`. */
function reachable(host: string): string {
  if (host === "0.0.0.0") return "127.0.0.1";
  if (host === "::") return "[::1]";
  return isIPv6(host) ? `[${host}]` : host;
}

/** Whether what listens there is out of reach for other machines. */
export function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || (isIP(host) === 4 && host.startsWith("127."));
}

function encode(text: string): string {
  return encodeURIComponent(text);
}
