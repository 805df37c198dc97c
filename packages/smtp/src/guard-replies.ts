import type SMTPConnection from "nodemailer/lib/smtp-connection";

/** How nodemailer reads replies; not in its types. */
interface ReplyReader {
  /** Text after the last line end. */
  readonly _remainder: string;
  /** The last line began with "250-" or the like. */
  readonly _responsePartial?: boolean;
  readonly _responseQueue: string[];
  _onData(chunk: Buffer): void;
  _processResponse(): void;
  _actionDATA(reply: string, callback: (error: Error) => void): void;
  _onTimeout(): void;
  _onError(error: Error, code: string, response: false, command: string): void;
}

/** Some servers send a few between replies; this many is none. */
const maxEmptyLines = 100;

/** As long as nodemailer waits for any sign by default. */
const defaultTimeoutMs = 600_000;

/**
 * nodemailer decides by the first character of whatever comes. A spoiled answer to RCPT is a refusal to it, after which
 * it ends the DATA that went along with an empty mail; and one reply too many is taken for the answer to the next
 * command, and so at last for the answer to a mail that the server has yet to decide on. It also waits for ever for a
 * reply that never comes to its end. All of this ends the connection here.
 */
export function guardReplies(connection: SMTPConnection, replyTimeoutMs: number = defaultTimeoutMs): void {
  const reader = connection as SMTPConnection & ReplyReader;
  const { _onData: read, _processResponse: process, _actionDATA: startMail } = reader;
  let emptyLines = 0;
  let incomplete: NodeJS.Timeout | undefined;
  const fail = (problem: string): void => reader._onError(new Error(problem), "EPROTOCOL", false, "CONN");
  const complete = (): void => {
    clearTimeout(incomplete);
    incomplete = undefined;
  };
  connection.once("end", complete);

  reader._onData = (chunk) => {
    read.call(reader, chunk);
    if (connection.destroyed || (reader._remainder === "" && reader._responsePartial !== true)) complete();
    else incomplete ??= setTimeout(() => reader._onTimeout(), replyTimeoutMs).unref();
  };
  reader._processResponse = () => {
    const queue = reader._responseQueue;
    while (queue[0]?.trim() === "") {
      queue.shift();
      emptyLines++;
    }
    if (emptyLines > maxEmptyLines) return fail("The server sends nothing but empty lines.");
    const [reply] = queue;
    if (reply === undefined) return;
    emptyLines = 0;
    if (isReply(reply)) process.call(reader);
    else fail(`That is no reply: ${JSON.stringify(reply.slice(0, 200))}`);
  };
  // 354 is the only good answer; another one belongs to an earlier command, and what comes with it to no mail of ours.
  reader._actionDATA = (reply, callback) => {
    const [early] = reader._responseQueue;
    if (reply.startsWith("2")) fail(`That is no answer to DATA: ${JSON.stringify(reply.slice(0, 200))}`);
    else if (reply.startsWith("3") && early !== undefined)
      fail(`That comes before the mail: ${JSON.stringify(early.slice(0, 200))}`);
    else startMail.call(reader, reply, callback);
  };
}

/** RFC 5321 section 4.2: a code on each line, and the same outcome on all. */
function isReply(text: string): boolean {
  return text.split("\n").every((line) => /^[2-5]\d\d(?:[ -]|$)/.test(line) && line[0] === text[0]);
}
