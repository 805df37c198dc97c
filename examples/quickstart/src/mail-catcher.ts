import { once } from "node:events";
import type { AddressInfo } from "node:net";
import PostalMime, { type Email } from "postal-mime";
import { SMTPServer } from "smtp-server";

/** A mail as it came over SMTP. */
export interface CaughtMail {
  readonly envelope: { readonly from: string; readonly to: readonly string[] };
  readonly bytes: number;
  readonly mail: Email;
}

export interface MailCatcher extends AsyncDisposable {
  /** Where to send to. */
  readonly url: string;
  /** The first mail. */
  readonly arrived: Promise<CaughtMail>;
}

/** Starts an SMTP server on a free port of this machine that keeps the first mail it gets. */
export async function startCatcher(): Promise<MailCatcher> {
  const { promise, resolve, reject } = Promise.withResolvers<CaughtMail>();
  promise.catch(() => undefined);
  const server = new SMTPServer({
    disabledCommands: ["AUTH", "STARTTLS"],
    disableReverseLookup: true,
    closeTimeout: 500,
    async onData(stream, session, accept) {
      try {
        const source = Buffer.concat(await stream.toArray());
        const { mailFrom, rcptTo } = session.envelope;
        const envelope = { from: mailFrom === false ? "" : mailFrom.address, to: rcptTo.map(({ address }) => address) };
        resolve({ envelope, bytes: source.byteLength, mail: await PostalMime.parse(source) });
        accept();
      } catch (error) {
        reject(error);
        accept(error instanceof Error ? error : new Error(String(error)));
      }
    },
  });
  server.on("error", reject);
  server.listen(0, "127.0.0.1");
  await once(server.server, "listening");
  const { port } = server.server.address() as AddressInfo;
  return {
    url: `smtp://127.0.0.1:${port}`,
    arrived: promise,
    [Symbol.asyncDispose]: () => new Promise((done) => server.close(() => done())),
  };
}
