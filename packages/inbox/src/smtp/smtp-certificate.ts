import { isIP } from "node:net";
import { createSecureContext } from "node:tls";
import { misconfigured } from "@mail/core";
import type { InboxOptions } from "../inbox-options.ts";

/** Key and certificate of the SMTP server in PEM, and what a client must trust. */
export interface SmtpCertificate {
  readonly key: string;
  readonly cert: string;
  readonly authority: string;
}

const day = 86_400_000;
const lifetimeDays = 397;

/** The user's certificate, or one for this machine that an authority made for this run alone has signed. @throws MailError */
export async function smtpCertificate(given: InboxOptions["tls"], host: string): Promise<SmtpCertificate> {
  if (given !== undefined) return checked(given);
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

/** @throws MailError `configuration` when key and certificate cannot be read or do not belong together */
function checked({ key, cert }: NonNullable<InboxOptions["tls"]>): SmtpCertificate {
  try {
    createSecureContext({ key, cert });
  } catch (thrown) {
    const reason = thrown instanceof Error ? thrown.message : String(thrown);
    throw misconfigured("tls", `key and certificate cannot be used: ${reason}`, "Give both in PEM, for each other.");
  }
  return { key, cert, authority: cert };
}
