import { createTransport } from "nodemailer";
import type { CaughtMail } from "../caught-mail.ts";
import type { Inbox } from "../inbox.ts";
import type { InboxOptions } from "../inbox-options.ts";
import { startInbox } from "../start-inbox.ts";

/** A running inbox, seen over its sockets. */
export interface WebClient extends AsyncDisposable {
  readonly inbox: Inbox;
  /** Sends a mail by SMTP: fields of nodemailer, or its whole source. */
  send(mail: Readonly<Record<string, unknown>> | string): Promise<CaughtMail>;
  get(path: string, headers?: Readonly<Record<string, string>>): Promise<Response>;
  call(method: string, path: string, body?: unknown, headers?: Readonly<Record<string, string>>): Promise<Response>;
}

export async function openWeb(options: InboxOptions = {}): Promise<WebClient> {
  const inbox = await startInbox({ port: 0, ...options });
  const call: WebClient["call"] = (method, path, body, headers = {}) =>
    fetch(new URL(path, inbox.urls.web), {
      method,
      headers: { ...(body !== undefined && { "Content-Type": "application/json" }), ...headers },
      ...(body !== undefined && { body: typeof body === "string" ? body : JSON.stringify(body) }),
    });
  return {
    inbox,
    call,
    get: (path, headers) => call("GET", path, undefined, headers),
    async send(mail) {
      const transport = createTransport({ url: inbox.urls.smtp, ignoreTLS: true });
      const known = new Set(inbox.messages().map(({ id }) => id));
      const envelope = { from: "app@acme.example", to: "ada@example.com" };
      await transport.sendMail(
        typeof mail === "string"
          ? { raw: mail.replaceAll("\n", "\r\n"), envelope }
          : { from: envelope.from, to: envelope.to, subject: "Hi", ...mail },
      );
      transport.close();
      return inbox.waitFor(({ id }) => !known.has(id));
    },
    [Symbol.asyncDispose]: () => inbox.close(),
  };
}
