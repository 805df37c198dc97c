import type { SMTPServerOptions, SMTPServerSession } from "smtp-server";
import type { FaultStage } from "../fault.ts";
import { defaultInbox } from "../inbox-name.ts";
import { playFault, refusal } from "./play-fault.ts";
import { receiveMail } from "./receive-mail.ts";
import type { InboxConnection } from "./smtp-connection.ts";
import { faultAt, type Known, type SmtpContext, wireAddress } from "./smtp-occasion.ts";

type Handlers = Required<
  Pick<SMTPServerOptions, "onConnect" | "onSecure" | "onAuth" | "onMailFrom" | "onRcptTo" | "onData">
>;

/** What the inbox does at each stage; `connectionOf` gives the connection of a session. */
export function smtpHandlers(
  context: SmtpContext,
  connectionOf: (session: SMTPServerSession) => InboxConnection,
): Handlers {
  const { login } = context;

  /** Asks for a fault and plays it. */
  function at(stage: FaultStage, session: SMTPServerSession, more: Known, callback: (error?: Error) => void): void {
    const connection = connectionOf(session);
    playFault(faultAt(context, stage, session, more), connection, (refused) => callback(refused ? refusal : undefined));
  }

  return {
    onConnect: (session, callback) => at("connect", session, {}, callback),
    onSecure(_socket, session, callback) {
      const { name = "TLS", version = "" } = session.tlsOptions || {};
      connectionOf(session).dialogue.note(`${version || "TLS"} from here on, ${name}`);
      callback();
    },
    onAuth({ username, password }, session, callback) {
      const user = username || defaultInbox;
      at("auth", session, { inbox: user }, (error) => {
        if (error !== undefined) return callback(error);
        const accepted = login === undefined || (user === login.user && password === login.pass);
        callback(null, accepted ? { user } : { message: "Login refused" });
      });
    },
    onMailFrom: ({ address }, session, callback) => at("mail", session, { from: wireAddress(address) }, callback),
    onRcptTo: ({ address }, session, callback) => at("rcpt", session, { to: [wireAddress(address)] }, callback),
    onData: (stream, session, callback) => receiveMail(context, stream, connectionOf(session), callback),
  };
}
