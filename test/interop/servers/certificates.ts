import { generate } from "selfsigned";

/** PEM texts: an authority, and a certificate of its for `localhost` alone. */
export interface Certificates {
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

const dayMs = 86_400_000;

/** Makes an authority nobody knows and a server certificate that it signed. */
export async function makeCertificates(): Promise<Certificates> {
  const common = {
    keyType: "ec" as const,
    algorithm: "sha256",
    notBeforeDate: new Date(Date.now() - dayMs),
    notAfterDate: new Date(Date.now() + dayMs),
  };
  const authority = await generate([{ name: "commonName", value: "Interop test authority" }], {
    ...common,
    extensions: [
      { name: "basicConstraints", cA: true, critical: true },
      { name: "keyUsage", keyCertSign: true, critical: true },
    ],
  });
  const server = await generate([{ name: "commonName", value: "localhost" }], {
    ...common,
    ca: { key: authority.private, cert: authority.cert },
    extensions: [
      { name: "basicConstraints", cA: false },
      { name: "extKeyUsage", serverAuth: true },
      { name: "subjectAltName", altNames: [{ type: 2, value: "localhost" }] },
    ],
  });
  return { ca: authority.cert, cert: server.cert, key: server.private };
}
