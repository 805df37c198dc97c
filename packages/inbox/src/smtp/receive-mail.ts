import type { SMTPServerDataStream } from "smtp-server";
import type { FaultAction } from "../fault.ts";
import { providerId } from "../provider-id.ts";
import { isRefusal, playFault, refusal, replyOf, waitNote } from "./play-fault.ts";
import type { InboxConnection, SmtpReply } from "./smtp-connection.ts";
import { envelopeOf, faultAt, inboxOf, type SmtpContext } from "./smtp-occasion.ts";

type Callback = (error?: Error | null) => void;

/** Takes the body of a mail, from 354 to the reply; a fault at `body` decides how far it gets. */
export function receiveMail(
  context: SmtpContext,
  stream: SMTPServerDataStream,
  connection: InboxConnection,
  callback: Callback,
): void {
  const fault = faultAt(context, "body", connection.session);
  const cutAfterBytes = fault?.type === "drop" ? (fault.afterBytes ?? 0) : undefined;
  let chunks: Buffer[] = [];
  stream.on("data", (chunk: Buffer) => {
    if (stream.sizeExceeded) chunks = [];
    else chunks.push(chunk);
    if (cutAfterBytes !== undefined && stream.byteLength >= cutAfterBytes) connection.cut();
  });
  // The client went away in the middle of the mail: there is nothing to keep and nobody to tell.
  stream.on("error", () => undefined);
  stream.on("end", () => {
    connection.dialogue.note(`${stream.byteLength} bytes of mail`);
    if (cutAfterBytes !== undefined) connection.cut();
    // smtp-server answers 552 by itself.
    else if (stream.sizeExceeded) callback();
    else if (isRefusal(fault)) playFault(fault, connection, () => callback(refusal));
    else
      keepMail(context, Buffer.concat(chunks), connection, fault).then(
        (reply) => answer(connection, fault, reply, callback),
        (thrown: unknown) => callback(notKept(thrown)),
      );
  });
}

/** @returns what the client is told */
async function keepMail(
  { hub }: SmtpContext,
  source: Uint8Array,
  { session, dialogue }: InboxConnection,
  fault: FaultAction | undefined,
): Promise<SmtpReply> {
  const id = providerId("smtp", "");
  const reply = fault?.type === "reply" ? replyOf(fault) : { code: 250, text: `2.6.0 Ok: queued as ${id}` };
  const { from = "", to = [] } = envelopeOf(session);
  await hub.catchMail({
    via: "smtp",
    inbox: inboxOf(session),
    envelope: { from, to },
    source,
    providerId: id,
    dialogue: [...dialogue.lines(), ...lastLines(fault, reply)],
  });
  return reply;
}

/** The dialogue is kept with the mail, before the answer is said. */
function lastLines(fault: FaultAction | undefined, { code, text }: SmtpReply): readonly string[] {
  if (fault?.type === "lose-answer") return ["(the connection is cut instead of an answer)"];
  const said = `S: ${code} ${text}`;
  return fault?.type === "delay" ? [`(${waitNote(fault.ms)})`, said] : [said];
}

function answer(
  connection: InboxConnection,
  fault: FaultAction | undefined,
  reply: SmtpReply,
  callback: Callback,
): void {
  const say = (): void => {
    connection.sayNext(reply);
    callback();
  };
  if (fault?.type === "lose-answer") connection.cut();
  else if (fault?.type === "delay") connection.later(fault.ms, say);
  else say();
}

function notKept(thrown: unknown): Error {
  const reason = thrown instanceof Error ? thrown.message : String(thrown);
  return Object.assign(new Error(`The inbox could not keep the mail: ${reason}`), { responseCode: 451 });
}
