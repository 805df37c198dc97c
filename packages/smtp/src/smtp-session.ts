import type { Socket } from "node:net";
import { abortError, MailError } from "@mail/core";
import type SMTPConnection from "nodemailer/lib/smtp-connection";
import type { SMTPConnectionAuth, SMTPConnectionOptions } from "nodemailer/lib/smtp-connection";
import type { LoggedIn } from "./delivery/logged-in.ts";
import { extensionsOf } from "./delivery/server-extensions.ts";
import { guardReplies } from "./guard-replies.ts";
import { proxySocket } from "./proxy-socket.ts";
import { type SmtpServerAddress, smtpError } from "./smtp-error.ts";

/** What a session needs besides nodemailer's own options. */
export interface SessionOptions {
  readonly connection: SMTPConnectionOptions & SmtpServerAddress;
  /** URL of an HTTP proxy. */
  readonly proxy?: string | undefined;
  /** Absent: the server is used without a login. */
  readonly auth?: (() => SMTPConnectionAuth) | undefined;
}

type Finish<T> = (error: Error | null | undefined, value?: T) => void;

/** As long as nodemailer waits for any sign by default. */
const defaultTimeoutMs = 600_000;

/** Connects, encrypts and logs in, by nodemailer; what follows is ours. @throws MailError */
export async function openSession(options: SessionOptions, signal: AbortSignal): Promise<LoggedIn> {
  const { default: Connection } = await import("nodemailer/lib/smtp-connection");
  const { proxy, auth, connection: server } = options;
  const replyTimeoutMs = server.socketTimeout ?? defaultTimeoutMs;
  const proxied = proxy === undefined ? undefined : await proxySocket(proxy, server, signal);
  const connection = new Connection({ ...server, connection: proxied });
  connection.on("error", ignore);
  guardReplies(connection, replyTimeoutMs);
  try {
    const step = <T>(start: (finish: Finish<T>) => void): Promise<T> => run(connection, server, signal, start);
    await step<void>((finish) => connection.connect(finish));
    const ehlo = connection.lastServerResponse || "";
    if (auth !== undefined) {
      checkLogin(connection, ehlo, server);
      await step<boolean>((finish) => connection.login(auth(), finish));
    }
    const socket = takeSocket(connection, server);
    return { socket, server, extensions: extensionsOf(ehlo), replyTimeoutMs, log: logOf(server, connection.id) };
  } catch (thrown) {
    connection.close();
    proxied?.destroy();
    throw thrown;
  }
}

/** nodemailer would send mail without the login that was asked for, or try the password all the same. */
function checkLogin(connection: SMTPConnection, ehlo: string, { host, port }: SmtpServerAddress): void {
  if (connection.allowsAuth && /^250[ -]AUTH\b/im.test(ehlo)) return;
  const hint = "Check host and port (587 or 465), and that encryption is on; or leave out auth to send without it.";
  throw new MailError(`${host}:${port} offers no login`, { code: "authentication", hint });
}

/** How nodemailer listens to its socket; not in its types. */
interface SocketOwner {
  readonly _remainder: string;
  readonly _responseQueue: readonly string[];
  readonly _onSocketData: () => void;
  readonly _onSocketError: () => void;
  readonly _onSocketClose: () => void;
  readonly _onSocketEnd: () => void;
  readonly _onSocketTimeout: () => void;
}

/** Takes the socket over from nodemailer, whose time limit stays on it. */
function takeSocket(connection: SMTPConnection, server: SmtpServerAddress): Socket {
  const owner = connection as SMTPConnection & SocketOwner;
  const { _socket: socket, destroyed } = owner;
  if (!socket || socket.destroyed || destroyed) throw smtpError(closedError(), server);
  const early = owner._responseQueue[0] ?? owner._remainder;
  if (early.trim() !== "") {
    const problem = `That answers nothing: ${JSON.stringify(early.slice(0, 200))}`;
    throw smtpError(Object.assign(new Error(problem), { code: "EPROTOCOL" }), server);
  }
  socket
    .off("data", owner._onSocketData)
    .off("error", owner._onSocketError)
    .off("close", owner._onSocketClose)
    .off("end", owner._onSocketEnd)
    .off("timeout", owner._onSocketTimeout);
  return socket;
}

function logOf({ logger }: SMTPConnectionOptions, sid: string): LoggedIn["log"] {
  if (typeof logger !== "object") return undefined;
  return (tnx, line) => logger.debug?.({ tnx, sid }, "%s", line);
}

/** Runs one step of the dialogue until it answers, the connection breaks, or the signal ends it. */
async function run<T>(
  connection: SMTPConnection,
  server: SmtpServerAddress,
  signal: AbortSignal,
  start: (finish: Finish<T>) => void,
): Promise<T> {
  const { promise, resolve, reject } = Promise.withResolvers<T>();
  const onError = (error: Error): void => reject(smtpError(error, server));
  // The step's own error comes after `end`, and says more.
  const onEnd = (): void => void setImmediate(onError, closedError());
  const onAbort = (): void => {
    reject(abortError(signal));
    connection.close();
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

const ignore = (): void => undefined;

function closedError(): Error {
  return Object.assign(new Error("Connection closed unexpectedly"), { code: "ECONNECTION" });
}
