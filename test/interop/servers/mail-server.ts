import type { Maildir } from "./maildir.ts";

export const portNames = ["starttls", "implicitTls", "plain"] as const;
/** `starttls` and `implicitTls` take mail after a login alone, `plain` offers neither TLS nor login. */
export type Ports = Readonly<Record<(typeof portNames)[number], number>>;

/** A mail server that runs on this machine for one test file. */
export interface MailServer extends AsyncDisposable {
  readonly ports: Ports;
  /** The authority that signed its certificate, in PEM. */
  readonly ca: string;
  readonly mailboxes: Maildir;
}

/** A kind of mail server: how to start one, and what is missing on this machine. */
export interface MailServerKind {
  readonly name: string;
  readonly missing: () => string | undefined;
  /** @param elsewherePort of the server on this machine that takes the mail to `site.elsewhere`, or refuses it */
  readonly start: (elsewherePort?: number) => Promise<MailServer>;
}
