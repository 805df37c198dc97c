import type { AddressInfo } from "node:net";
import PostalMime, { type Email } from "postal-mime";
import { SMTPServer, type SMTPServerOptions } from "smtp-server";

/** A mail that the server took. */
interface Taken {
  readonly from: string;
  readonly to: readonly string[];
  readonly source: string;
  readonly parsed: Email;
  readonly user: unknown;
}

export interface MailServer extends AsyncDisposable {
  readonly port: number;
  readonly taken: Taken[];
  readonly connections: () => number;
  readonly quits: () => number;
}

/** nodemailer's own server on loopback, without TLS and login unless wanted. */
export async function mailServer(options: SMTPServerOptions = {}): Promise<MailServer> {
  const taken: Taken[] = [];
  let connections = 0;
  let closed = 0;
  const server = new SMTPServer({
    disableReverseLookup: true,
    closeTimeout: 100,
    ...(options.key === undefined && { disabledCommands: ["STARTTLS"] }),
    ...(options.onAuth === undefined && { authOptional: true }),
    onConnect(_session, done) {
      connections++;
      done();
    },
    onClose() {
      closed++;
    },
    onData(stream, session, done) {
      const chunks: Buffer[] = [];
      stream.on("data", (chunk: Buffer) => chunks.push(chunk));
      stream.on("end", () => {
        const source = Buffer.concat(chunks);
        void PostalMime.parse(source).then((parsed) => {
          const { mailFrom, rcptTo } = session.envelope;
          const from = mailFrom === false ? "" : mailFrom.address;
          taken.push({
            from,
            to: rcptTo.map(({ address }) => address),
            source: source.toString(),
            parsed,
            user: session.user,
          });
          done();
        });
      });
    },
    ...options,
  });
  server.on("error", () => undefined);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.server.address() as AddressInfo;
  return {
    port,
    taken,
    connections: () => connections,
    quits: () => closed,
    [Symbol.asyncDispose]: () => new Promise<void>((resolve) => server.close(() => resolve())),
  };
}
