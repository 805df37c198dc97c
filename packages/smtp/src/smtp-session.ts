import { Readable } from "node:stream";
import { abortError, MailError } from "@mail/core";
import type { NodemailerError } from "nodemailer/lib/errors";
import type SMTPConnection from "nodemailer/lib/smtp-connection";
import type {
  SMTPConnectionAuth,
  SMTPConnectionOptions,
  SMTPConnectionSendInfo,
  SMTPEnvelope,
} from "nodemailer/lib/smtp-connection";
import { announceSmtpUtf8 } from "./announce-smtp-utf8.ts";
import { guardReplies } from "./guard-replies.ts";
import { proxySocket } from "./proxy-socket.ts";
import { type SmtpServerAddress, smtpError } from "./smtp-error.ts";
import { parseReply } from "./smtp-reply.ts";
import type { SmtpRequest } from "./to-smtp-request.ts";

/** What a session needs besides nodemailer's own options. */
export interface SessionOptions {
  readonly connection: SMTPConnectionOptions & SmtpServerAddress;
  /** URL of an HTTP proxy. */
  readonly proxy?: string | undefined;
  /** Absent: the server is used without a login. */
  readonly auth?: (() => SMTPConnectionAuth) | undefined;
}

type Finish<T> = (error: Error | null | undefined, value?: T) => void;

/** How much of a mail is handed to the socket at once. */
const sliceBytes = 64 * 1024;

/** One connection to the server, logged in, which carries one mail at a time. */
export class SmtpSession {
  /** Mails sent so far, refused ones too. */
  mails = 0;
  /** The connection broke, or the server took leave, before it had accepted MAIL FROM. */
  goneBeforeMail = false;
  readonly #connection: SMTPConnection;
  readonly #server: SmtpServerAddress;
  /** The server's answer to EHLO. */
  #extensions = "";
  /** The server wants the body, and some of it is out. */
  #piping = false;
  /** All of the body is out. */
  #handedOver = false;
  /** A refused mail is still open on the server's side. */
  #mustReset = false;
  #restsSince = 0;
  /** The mail at hand has an address beyond ASCII before the @. */
  #needsSmtpUtf8 = false;

  private constructor(connection: SMTPConnection, server: SmtpServerAddress, replyTimeoutMs: number | undefined) {
    this.#connection = connection;
    this.#server = server;
    connection.on("error", ignore);
    announceSmtpUtf8(connection, () => this.#needsSmtpUtf8);
    guardReplies(connection, replyTimeoutMs);
  }

  /** Connects, encrypts and logs in. @throws MailError */
  static async open(options: SessionOptions, signal: AbortSignal): Promise<SmtpSession> {
    const { default: Connection } = await import("nodemailer/lib/smtp-connection");
    const { proxy, auth } = options;
    const server = options.connection;
    const socket = proxy === undefined ? undefined : await proxySocket(proxy, server, signal);
    const session = new SmtpSession(new Connection({ ...server, connection: socket }), server, server.socketTimeout);
    const connection = session.#connection;
    try {
      await session.#run<void>(signal, (finish) => connection.connect(finish));
      session.#extensions = connection.lastServerResponse || "";
      if (auth !== undefined) await session.#login(auth(), signal);
      return session;
    } catch (thrown) {
      session.destroy();
      socket?.destroy();
      throw thrown;
    }
  }

  /** True while the connection can carry another mail. */
  get usable(): boolean {
    const { _socket: socket, destroyed } = this.#connection;
    return !destroyed && socket ? socket.writable : false;
  }

  /** Sends one mail. @throws MailError; `delivery` tells whether the server may have taken it */
  async send(request: SmtpRequest, signal: AbortSignal): Promise<SMTPConnectionSendInfo> {
    this.#checkExtensions(request);
    this.mails++;
    this.#handedOver = false;
    this.#needsSmtpUtf8 = request.needsSmtpUtf8;
    // So that it tells afterwards whether there was any answer to this mail.
    this.#connection.lastServerResponse = false;
    const envelope: SMTPEnvelope = {
      from: request.from,
      to: [...request.to],
      ...(request.size !== undefined && { size: request.size }),
      // Bodies are encoded; only addresses with international local parts bring bytes beyond ASCII.
      use8BitMime: request.needsSmtpUtf8,
    };
    try {
      const info = await this.#run<SMTPConnectionSendInfo>(signal, (finish) => {
        const source = Readable.from(this.#slices(request.body), { objectMode: false });
        source.on("error", (error) => this.#connection.emit("error", error));
        this.#connection.send(envelope, source, finish);
      });
      if (!this.#handedOver) throw takenTooEarly(this.#server, info.response);
      return info;
    } catch (thrown) {
      const answered = MailError.is(thrown) && thrown.response?.smtpCode !== undefined;
      const cleanly = answered && thrown.response?.smtpCode !== 421 && (this.#handedOver || !this.#piping);
      this.goneBeforeMail = this.#connection.lastServerResponse === false || tookLeaveAtMail(thrown);
      if (cleanly) this.#mustReset = true;
      else this.destroy();
      throw thrown;
    } finally {
      this.#piping = false;
      this.#handedOver = false;
    }
  }

  /** Makes a connection that rested ready for the next mail. False where it turns out to be dead. */
  async refresh(signal: AbortSignal): Promise<boolean> {
    if (!this.usable) return false;
    this.#socketRef(true);
    if (!this.#mustReset && performance.now() - this.#restsSince < staleMs) return true;
    try {
      await this.#run<boolean>(signal, (finish) => this.#connection.reset(finish));
      this.#mustReset = false;
      return true;
    } catch (thrown) {
      this.destroy();
      if (signal.aborted) throw thrown;
      return false;
    }
  }

  /** Lets the process end although the connection stays open. */
  rest(): void {
    this.#restsSince = performance.now();
    this.#socketRef(false);
  }

  /** Says goodbye and closes; resolves when the connection is closed. */
  async quit(): Promise<void> {
    if (!this.usable) return this.destroy();
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, quitMs);
    this.#connection.once("end", resolve);
    this.#connection.quit();
    await promise;
    clearTimeout(timer);
    this.destroy();
  }

  destroy(): void {
    this.#connection.close();
  }

  /** Handed to the socket slice by slice, so that "all of it is out" is known as late as possible. */
  async *#slices(body: SmtpRequest["body"]): AsyncGenerator<Buffer> {
    this.#piping = true;
    let last: Buffer | undefined;
    for await (const bytes of typeof body === "function" ? body() : body) {
      for (let start = 0; start < bytes.byteLength; start += sliceBytes) {
        if (last !== undefined) yield last;
        last = bytes.subarray(start, start + sliceBytes);
      }
    }
    this.#handedOver = true;
    if (last !== undefined) yield last;
  }

  /** Told before MAIL FROM: nodemailer knows neither the size of a mail nor what its addresses need. */
  #checkExtensions({ size, needsSmtpUtf8 }: SmtpRequest): void {
    if (needsSmtpUtf8 && !/^250[ -]SMTPUTF8\b/im.test(this.#extensions)) {
      const hint = "Use an ASCII address, or a server that offers SMTPUTF8 (RFC 6531).";
      const problem = "The server does not take addresses with non-ASCII characters before the @.";
      throw new MailError(problem, { code: "unsupported", hint });
    }
    const maxBytes = Number(/^250[ -]SIZE[ \t]+(\d+)/im.exec(this.#extensions)?.[1] ?? 0);
    if (size !== undefined && maxBytes > 0 && size > maxBytes) {
      const hint = "Send fewer or smaller attachments, or links to them.";
      const problem = `The mail has ${size} bytes, and the server takes ${maxBytes}.`;
      throw new MailError(problem, { code: "message_too_large", hint });
    }
  }

  async #login(auth: SMTPConnectionAuth, signal: AbortSignal): Promise<void> {
    // nodemailer would send mail without the login that was asked for, or try the password all the same.
    if (!this.#connection.allowsAuth || !/^250[ -]AUTH\b/im.test(this.#extensions)) {
      const { host, port } = this.#server;
      const hint = "Check host and port (587 or 465), and that encryption is on; or leave out auth to send without it.";
      throw new MailError(`${host}:${port} offers no login`, { code: "authentication", hint });
    }
    await this.#run<boolean>(signal, (finish) => this.#connection.login(auth, finish));
  }

  /** Runs one step of the dialogue until it answers, the connection breaks, or the signal ends it. */
  async #run<T>(signal: AbortSignal, start: (finish: Finish<T>) => void): Promise<T> {
    const connection = this.#connection;
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    const onError = (error: Error): void => reject(smtpError(error, this.#server, this.#handedOver));
    // The step's own error comes after `end`, and says more.
    const onEnd = (): void => void setImmediate(onError, closedError());
    const onAbort = (): void => {
      reject(abortError(signal, this.#handedOver ? "unknown" : "not_sent"));
      this.destroy();
    };
    connection.on("error", onError).on("end", onEnd);
    signal.addEventListener("abort", onAbort);
    try {
      if (signal.aborted) onAbort();
      else start((error, value) => (error ? onError(error) : resolve(value as T)));
      return await promise;
    } finally {
      connection.off("error", onError).off("end", onEnd);
      signal.removeEventListener("abort", onAbort);
    }
  }

  #socketRef(keepsProcess: boolean): void {
    const { _socket: socket } = this.#connection;
    if (socket === false || socket === null) return;
    if (keepsProcess) socket.ref();
    else socket.unref();
  }
}

/** After such a rest a server or a firewall may have dropped the connection: it is tried by RSET before it gets a mail. */
const staleMs = 10_000;

/** How long a server has to answer QUIT. */
const quitMs = 1_000;

/** The server ends the connection instead of taking MAIL FROM (RFC 5321 section 3.8). */
function tookLeaveAtMail(thrown: unknown): boolean {
  if (!MailError.is(thrown) || thrown.response?.smtpCode !== 421) return false;
  const cause = thrown.cause as NodemailerError | undefined;
  return cause?.command === "MAIL FROM";
}

/** It does not have the whole mail, and yet may do something with what it has. */
function takenTooEarly({ host, port }: SmtpServerAddress, text: string): MailError {
  return new MailError(`${host}:${port} took the mail before all of it was sent: ${text}`, {
    code: "unavailable",
    delivery: "unknown",
    response: parseReply(text) ?? { text },
    hint: "What answers there does not keep to SMTP: check host and port, and proxies on the way.",
  });
}

const ignore = (): void => undefined;

function closedError(): Error {
  return Object.assign(new Error("Connection closed unexpectedly"), { code: "ECONNECTION" });
}
