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
  _onTimeout(): void;
  _onError(error: Error, code: string, response: false, command: string): void;
}

/** Some servers send a few between replies; this many is none. */
const maxEmptyLines = 100;

/**
 * Up to the login nodemailer reads the replies, and decides by the first character of whatever comes: one reply too many is
 * taken for the answer to the next command. It also waits for ever for a reply that never comes to its end. All of this
 * ends the connection here; what comes after the login is read by ReplyReader.
 */
export function guardReplies(connection: SMTPConnection, replyTimeoutMs: number): void {
  const reader = connection as SMTPConnection & ReplyReader;
  const { _onData: read, _processResponse: process } = reader;
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
}

/** RFC 5321 section 4.2: a code on each line, and the same outcome on all. */
function isReply(text: string): boolean {
  return text.split("\n").every((line) => /^[2-5]\d\d(?:[ -]|$)/.test(line) && line[0] === text[0]);
}
