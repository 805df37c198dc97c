import type { Socket } from "node:net";
import { abortError, misconfigured } from "@mail/core";
import { type SmtpServerAddress, smtpError } from "./smtp-error.ts";

/** Opens a way to the server through an HTTP proxy (CONNECT, RFC 9110 section 9.3.6). @throws MailError */
export async function proxySocket(
  proxy: string,
  server: SmtpServerAddress & { readonly connectionTimeout?: number | undefined },
  signal: AbortSignal,
): Promise<Socket> {
  const { default: connect } = await import("nodemailer/lib/smtp-connection/http-proxy-client");
  const { promise, resolve, reject } = Promise.withResolvers<Socket>();
  const onAbort = (): void => reject(abortError(signal));
  signal.addEventListener("abort", onAbort);
  connect(proxy, server.port, server.host, { timeout: server.connectionTimeout }, (error, socket) => {
    if (error) reject(smtpError(error, server));
    else if (signal.aborted) socket.destroy();
    else resolve(socket);
  });
  if (signal.aborted) onAbort();
  return promise.finally(() => signal.removeEventListener("abort", onAbort));
}

/** @throws MailError `configuration` */
export function checkProxy(proxy: string | undefined): void {
  if (proxy === undefined) return;
  const protocol = URL.canParse(proxy) ? new URL(proxy).protocol : "";
  if (protocol === "http:" || protocol === "https:") return;
  throw misconfigured("proxy", "is no http: or https: URL", "Write it as http://user:password@proxy.example.com:3128.");
}
