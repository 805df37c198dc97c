import type { Maildir } from "./maildir.ts";
import type { ServerProcess } from "./server-process.ts";

export const portNames = ["starttls", "implicitTls", "plain"] as const;
/** `starttls` and `implicitTls` take mail after a login alone, `plain` offers neither TLS nor login. */
export type Ports = Readonly<Record<(typeof portNames)[number], number>>;

/** A mail server that runs on this machine for one test file. */
export interface MailServer extends AsyncDisposable {
  readonly ports: Pick<Ports, "plain">;
  readonly mailboxes: Maildir;
  readonly process: ServerProcess;
}

/** One that has TLS and logins too. */
export interface SecureMailServer extends MailServer {
  readonly ports: Ports;
  /** The authority that signed its certificate, in PEM. */
  readonly ca: string;
}

/** A kind of mail server: how to start one, and what is missing on this machine. */
export interface MailServerKind<Server extends MailServer = SecureMailServer> {
  readonly name: string;
  /** It offers CHUNKING, so that several mails are at once on a connection to it. */
  readonly chunking: boolean;
  readonly missing: () => string | undefined;
  /** @param elsewherePort of the server on this machine that takes the mail to `site.elsewhere`, or refuses it */
  readonly start: (elsewherePort?: number) => Promise<Server>;
}
