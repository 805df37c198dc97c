import tls, { type TlsOptions } from "node:tls";
import { generate } from "selfsigned";

export type CertificateKind = "good" | "untrusted" | "expired" | "wrongName";

export type Certificates = Readonly<Record<CertificateKind, TlsOptions>>;

const day = 86_400_000;

/** Certificates of which all but one are signed by an authority that this process trusts from now on. */
export async function trustedCertificates(): Promise<Certificates> {
  const trusted = await authority();
  tls.setDefaultCACertificates([...tls.getCACertificates("default"), trusted.cert]);
  return {
    good: await certificate(trusted),
    untrusted: await certificate(await authority()),
    expired: await certificate(trusted, { notAfterDate: new Date(Date.now() - day) }),
    wrongName: await certificate(trusted, { name: "other.example" }),
  };
}

interface Signer {
  readonly private: string;
  readonly cert: string;
}

async function authority(): Promise<Signer> {
  return await generate([{ name: "commonName", value: "Test Authority" }], {
    keyType: "ec",
    algorithm: "sha256",
    notBeforeDate: new Date(Date.now() - 9 * day),
    extensions: [
      { name: "basicConstraints", cA: true, critical: true },
      { name: "keyUsage", keyCertSign: true, critical: true },
    ],
  });
}

async function certificate(
  { private: key, cert }: Signer,
  { name, notAfterDate }: { readonly name?: string; readonly notAfterDate?: Date } = {},
): Promise<TlsOptions> {
  const server = await generate([{ name: "commonName", value: name ?? "localhost" }], {
    keyType: "ec",
    algorithm: "sha256",
    ca: { key, cert },
    notBeforeDate: new Date(Date.now() - 8 * day),
    ...(notAfterDate !== undefined && { notAfterDate }),
    extensions: [
      { name: "basicConstraints", cA: false },
      { name: "extKeyUsage", serverAuth: true },
      {
        name: "subjectAltName",
        altNames: [name === undefined ? { type: 7, ip: "127.0.0.1" } : { type: 2, value: name }],
      },
    ],
  });
  return { key: server.private, cert: server.cert };
}
