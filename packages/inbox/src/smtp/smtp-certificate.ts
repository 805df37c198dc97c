import { isIP } from "node:net";
import type { InboxOptions } from "../inbox-options.ts";

/** Key and certificate of the SMTP server in PEM, and what a client must trust. */
export interface SmtpCertificate {
  readonly key: string;
  readonly cert: string;
  readonly authority: string;
}

const day = 86_400_000;
const lifetimeDays = 397;

/** The user's certificate, or one for this machine that an authority made for this run alone has signed. */
export async function smtpCertificate(given: InboxOptions["tls"], host: string): Promise<SmtpCertificate> {
  if (given !== undefined) return { ...given, authority: given.cert };
  const { generate } = await import("selfsigned");
  const common = {
    keyType: "ec",
    algorithm: "sha256",
    // Clocks in containers are not always right.
    notBeforeDate: new Date(Date.now() - day),
    notAfterDate: new Date(Date.now() + lifetimeDays * day),
  } as const;
  const authority = await generate([{ name: "commonName", value: "Authority of @mail/inbox" }], {
    ...common,
    extensions: [
      { name: "basicConstraints", cA: true, critical: true },
      { name: "keyUsage", keyCertSign: true, critical: true },
    ],
  });
  const names = new Set(["localhost", "127.0.0.1", "::1", host]);
  const server = await generate([{ name: "commonName", value: "localhost" }], {
    ...common,
    ca: { key: authority.private, cert: authority.cert },
    extensions: [
      { name: "basicConstraints", cA: false },
      { name: "extKeyUsage", serverAuth: true },
      {
        name: "subjectAltName",
        altNames: [...names].map((name) => (isIP(name) === 0 ? { type: 2, value: name } : { type: 7, ip: name })),
      },
    ],
  });
  return { key: server.private, cert: server.cert, authority: authority.cert };
}
