import type { Socket } from "node:net";
import { SMTPServer, type SMTPServerOptions, type SMTPServerSession } from "smtp-server";
import { SMTPConnection, type SMTPConnectionOptions } from "smtp-server/lib/smtp-connection.js";
import type { FaultStage } from "../fault.ts";
import { SmtpDialogue } from "./smtp-dialogue.ts";

export interface SmtpReply {
  readonly code: number;
  readonly text: string;
}

type CommandStage = Extract<FaultStage, "ehlo" | "starttls" | "data" | "rset" | "quit">;

/** Asked before a command for which smtp-server has no handler; calls back with whether it is refused. */
export type BeforeCommand = (
  stage: CommandStage,
  connection: InboxConnection,
  callback: (refused: boolean) => void,
) => void;

/**
 * What smtp-server's handlers do not give, in this one file: the stages of further commands, replies word for word (its own
 * add an enhanced code), cutting a connection, the dialogue by connection, and a greeting that does not listen for
 * 100 ms first whether somebody talks too early.
 */
export class InboxConnection extends SMTPConnection {
  readonly dialogue: SmtpDialogue = new SmtpDialogue();
  readonly #before: BeforeCommand;
  #next: SmtpReply | undefined;

  constructor(server: SMTPServer, socket: Socket, options: SMTPConnectionOptions | null, before: BeforeCommand) {
    super(server, socket, options);
    this.#before = before;
  }

  /** Says this instead of smtp-server's next reply. */
  sayNext(reply: SmtpReply): void {
    this.#next = reply;
  }

  cut(): void {
    this._socket.destroy();
  }

  /** Says goodbye and closes without waiting for the client to close its side. */
  dismiss(): void {
    this.send(421, "The inbox is closing");
    this._socket.destroySoon();
  }

  /** Goes on after the time, unless the connection is closed before. */
  later(ms: number, proceed: () => void): void {
    const timer = setTimeout(proceed, ms);
    this._socket.once("close", () => clearTimeout(timer));
  }

  override init(): void {
    this._setListeners(() => this.connectionReady());
  }

  override send(code: number, data?: string | string[] | null, context?: string | false): void {
    const next = this.#next;
    this.#next = undefined;
    if (next === undefined) super.send(code, data, context);
    else super.send(next.code, next.text, false);
  }

  override handler_EHLO(command: Buffer, callback: () => void): void {
    this.#unlessRefused("ehlo", callback, () => super.handler_EHLO(command, callback));
  }

  override handler_HELO(command: Buffer, callback: () => void): void {
    this.#unlessRefused("ehlo", callback, () => super.handler_HELO(command, callback));
  }

  override handler_STARTTLS(command: Buffer, callback: () => void): void {
    this.#unlessRefused("starttls", callback, () => super.handler_STARTTLS(command, callback));
  }

  override handler_RSET(command: Buffer, callback: () => void): void {
    this.#unlessRefused("rset", callback, () => super.handler_RSET(command, callback));
  }

  override handler_QUIT(command: Buffer, callback: () => void): void {
    this.#unlessRefused("quit", callback, () => super.handler_QUIT(command, callback));
  }

  override handler_DATA(command: Buffer, callback: () => void): void {
    const proceed = (): void => super.handler_DATA(command, callback);
    if (this.session.envelope.rcptTo.length === 0) proceed();
    else this.#unlessRefused("data", callback, proceed);
  }

  #unlessRefused(stage: CommandStage, callback: () => void, proceed: () => void): void {
    this.#before(stage, this, (refused) => {
      if (!refused) return proceed();
      this.send(451, "Refused");
      callback();
    });
  }
}

/** A server whose connections are ours. */
export class InboxSmtpServer extends SMTPServer {
  readonly #before: BeforeCommand;
  readonly #bySession = new WeakMap<SMTPServerSession, InboxConnection>();
  readonly #byId = new Map<string, InboxConnection>();

  constructor(options: SMTPServerOptions, before: BeforeCommand) {
    super(options);
    this.#before = before;
    this.logger = this.#recorder();
    // Clients that break off or do not trust the certificate are their own business.
    this.on("error", () => undefined);
  }

  override connect(socket: Socket, socketOptions: SMTPConnectionOptions | null = null): void {
    const connection = new InboxConnection(this, socket, socketOptions, this.#before);
    this.connections.add(connection);
    this.#bySession.set(connection.session, connection);
    this.#byId.set(connection.id, connection);
    connection.on("error", (error: Error) => this._onError(error));
    connection.init();
  }

  override onClose({ id }: SMTPServerSession): void {
    this.#byId.delete(id);
  }

  connectionOf(session: SMTPServerSession): InboxConnection {
    const connection = this.#bySession.get(session);
    if (connection === undefined) throw new Error("A session of another server");
    return connection;
  }

  openConnections(): readonly InboxConnection[] {
    return [...this.#byId.values()];
  }

  /** smtp-server tells its logger each line, passwords left out already. */
  #recorder(): SMTPServer["logger"] {
    const ignore = (): void => undefined;
    const debug = (entry: unknown, _format?: unknown, line?: unknown): void => {
      const { tnx, cid } = entry as { readonly tnx?: unknown; readonly cid?: unknown };
      const dialogue = this.#byId.get(String(cid))?.dialogue;
      if (tnx === "command") dialogue?.command(String(line));
      if (tnx === "send") dialogue?.reply(String(line));
    };
    return { trace: ignore, debug, info: ignore, warn: ignore, error: ignore, fatal: ignore };
  }
}
