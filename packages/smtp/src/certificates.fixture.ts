import { generate } from "selfsigned";

/** A server's key and certificate, and the authority that signed it. */
export interface TestCertificate {
  readonly key: string;
  readonly cert: string;
  readonly ca: string;
}

interface Wanted {
  readonly name?: string;
  readonly notAfterDate?: Date;
}

const day = 86_400_000;

/** A certificate for localhost and 127.0.0.1, signed by an authority of its own, unless something else is wanted. */
export async function certificate({ name = "localhost", notAfterDate }: Wanted = {}): Promise<TestCertificate> {
  const common = { keyType: "ec", algorithm: "sha256" } as const;
  const authority = await generate([{ name: "commonName", value: "Test Authority" }], {
    ...common,
    notBeforeDate: new Date(Date.now() - 9 * day),
    extensions: [
      { name: "basicConstraints", cA: true, critical: true },
      { name: "keyUsage", keyCertSign: true, critical: true },
    ],
  });
  const server = await generate([{ name: "commonName", value: name }], {
    ...common,
    ca: { key: authority.private, cert: authority.cert },
    notBeforeDate: new Date(Date.now() - 8 * day),
    ...(notAfterDate !== undefined && { notAfterDate }),
    extensions: [
      { name: "basicConstraints", cA: false },
      { name: "extKeyUsage", serverAuth: true },
      {
        name: "subjectAltName",
        altNames:
          name === "localhost"
            ? [
                { type: 2, value: name },
                { type: 7, ip: "127.0.0.1" },
              ]
            : [{ type: 2, value: name }],
      },
    ],
  });
  return { key: server.private, cert: server.cert, ca: authority.cert };
}

export const aDayAgo = (): Date => new Date(Date.now() - day);
