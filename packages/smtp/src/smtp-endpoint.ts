import { isIPv4, isIPv6 } from "node:net";
import { misconfigured, urlParts } from "@mail/core";
import type { SmtpOptions } from "./smtp-options.ts";
import { presetFor } from "./smtp-presets.ts";

/** Which server, and how it is encrypted. */
export interface SmtpEndpoint {
  readonly host: string;
  readonly port: number;
  readonly secure: boolean;
  readonly starttls: "required" | "opportunistic";
}

/** Ports that speak TLS from the first byte (RFC 8314 section 3.3; 2465 by SES and Resend). */
const tlsPorts: ReadonlySet<number> = new Set([465, 2465]);
/** Ports that start in the clear and upgrade by STARTTLS. */
const starttlsPorts: ReadonlySet<number> = new Set([25, 587, 2525, 2587]);
const maxPort = 65_535;

/** Joins what the user wrote with the service's preset. @throws MailError `configuration` */
export function endpointOf(options: SmtpOptions): SmtpEndpoint {
  const { service, region } = options;
  const preset = service === undefined ? undefined : presetFor(service, region);
  const host = options.host ?? preset?.host;
  if (host === undefined) throw misconfigured("host", "is missing", "Give host, or service for a known provider.");
  const [, name, portInHost] = isIPv6(host) ? [] : (/^\[?(.+?)\]?:(\d+)$/.exec(host) ?? []);
  if (portInHost !== undefined)
    throw misconfigured("host", "holds a port", `Write host: "${name}", port: ${portInHost}.`);
  if (/[\s/@,]/.test(host)) throw misconfigured("host", "is no host name", "Write it as in smtp.example.com.");
  const port = options.port ?? portWithout(options.secure, preset?.port);
  if (port > maxPort) throw misconfigured("port", `must be at most ${maxPort}`, "Use 587 or 465.");
  const secure = options.secure ?? tlsPorts.has(port);
  if (secure && starttlsPorts.has(port)) {
    throw misconfigured(
      "secure",
      `is true, but port ${port} starts without TLS`,
      `Write secure: false for port ${port} (STARTTLS is required by default), or port: 465.`,
    );
  }
  if (!secure && tlsPorts.has(port)) {
    throw misconfigured(
      "secure",
      `is false, but port ${port} wants TLS from the first byte`,
      `Write secure: true for port ${port}, or port: 587.`,
    );
  }
  return { host, port, secure, starttls: options.starttls ?? (isLoopback(host) ? "opportunistic" : "required") };
}

/** A `secure` that the user wrote decides the port before the preset does. */
function portWithout(secure: boolean | undefined, presetPort: number | undefined): number {
  if (secure === undefined) return presetPort ?? 587;
  if (presetPort !== undefined && tlsPorts.has(presetPort) === secure) return presetPort;
  return secure ? 465 : 587;
}

export function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || (isIPv4(host) && host.startsWith("127."));
}

/** Options from `smtp://user:password@host:587` or `smtps://host:465`. @throws MailError `configuration` */
export function optionsFromSmtpUrl(url: URL): Pick<SmtpOptions, "host" | "port" | "secure" | "auth"> {
  const { user, password, host, port } = urlParts(url);
  if (!["", "/"].includes(url.pathname) || url.hash !== "")
    throw misconfigured("url", "has a path or a #", "Write options behind a ?, as in smtp://host:587?pool=false.");
  const implicitTls = url.protocol === "smtps:";
  if (!implicitTls && port !== undefined && tlsPorts.has(port)) {
    throw misconfigured("secure", `is false in smtp://, but port ${port} wants TLS`, `Write smtps://…:${port}.`);
  }
  if (implicitTls && port !== undefined && starttlsPorts.has(port)) {
    throw misconfigured("secure", `is true in smtps://, but port ${port} starts without it`, `Write smtp://…:${port}.`);
  }
  if (user === undefined && password !== undefined)
    throw misconfigured("auth.user", "is missing in the URL", "Write smtp://user:password@host.");
  const fromService = url.searchParams.has("service") && host === "default";
  return {
    host: fromService ? undefined : host?.replace(/^\[(.*)\]$/, "$1"),
    port,
    secure: implicitTls ? true : undefined,
    auth: user === undefined ? undefined : { user, pass: password },
  };
}
