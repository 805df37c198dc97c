import type { Writable } from "node:stream";

/** Service extensions that can be switched (RFC 2920, 3030, 1870, 6152, 6531). */
export type Extension = "PIPELINING" | "CHUNKING" | "SIZE" | "8BITMIME" | "SMTPUTF8";

export interface SmtpSinkOptions {
  /** How long the answers to what arrived together take, in milliseconds, as on a network. */
  readonly latencyMs: number;
  readonly extensions: readonly Extension[];
}

/** What arrived since the last report. */
export interface SmtpReport {
  mails: number;
  connections: number;
  /** Of the mails alone; as transmitted, so with doubled dots where DATA was used. */
  bytes: number;
  smallest: number;
  /** The sum of the numbers in `RCPT TO:<user7@…>`, which tells whether each mail came once. */
  recipientSum: number;
  /** What a client may not do, such as DATA without a recipient. */
  violations: string[];
  /** The last mail, whole. */
  last: string;
}

/** The same while it is being counted. */
export type SmtpCounts = Omit<SmtpReport, "last"> & { last: readonly Buffer[]; lastByData: boolean };

export const nothingYet = (): SmtpCounts => ({
  mails: 0,
  connections: 0,
  bytes: 0,
  smallest: Number.POSITIVE_INFINITY,
  recipientSum: 0,
  violations: [],
  last: [],
  lastByData: false,
});

export function reportOf({ last, lastByData, ...counts }: SmtpCounts): SmtpReport {
  const mail = Buffer.concat(last).toString("latin1");
  return { ...counts, last: lastByData ? mail.replaceAll("\r\n..", "\r\n.").slice(lineEnd.length) : mail };
}

const lineEnd = Buffer.from("\r\n");
const dataEnd = Buffer.from("\r\n.\r\n");
const nothing = Buffer.alloc(0);

/** One connection of the sink: takes every mail, and looks at the bytes no more than finding their end needs. */
export class SinkSession {
  readonly #socket: Writable;
  readonly #options: SmtpSinkOptions;
  readonly #report: () => SmtpCounts;
  #state: "commands" | "data" | "chunk" = "commands";
  /** Bytes that may be the beginning of the mark that is looked for. */
  #rest: Buffer = nothing;
  #replies = "";
  #sender = false;
  #recipients = 0;
  #mailBytes = 0;
  #mail: Buffer[] = [];
  #chunkLeft = 0;
  #lastChunk = false;

  constructor(socket: Writable, options: SmtpSinkOptions, report: () => SmtpCounts) {
    this.#socket = socket;
    this.#options = options;
    this.#report = report;
    this.#reply("220 sink.example ESMTP");
    this.#answer();
  }

  take(chunk: Buffer): void {
    let bytes = chunk;
    while (bytes.length > 0) {
      if (this.#state === "commands") bytes = this.#takeCommand(bytes);
      else if (this.#state === "data") bytes = this.#takeData(bytes);
      else bytes = this.#takeChunk(bytes);
    }
    this.#answer();
  }

  #takeCommand(bytes: Buffer): Buffer {
    const all = this.#rest.length === 0 ? bytes : Buffer.concat([this.#rest, bytes]);
    const end = all.indexOf(lineEnd);
    if (end === -1) {
      this.#rest = all;
      return nothing;
    }
    this.#rest = nothing;
    this.#obey(all.toString("latin1", 0, end));
    return all.subarray(end + 2);
  }

  #obey(line: string): void {
    switch (line.slice(0, 4).toUpperCase()) {
      case "EHLO":
        this.#reply(
          ["250-sink.example", ...this.#options.extensions.map((name) => `250-${name}`), "250 HELP"].join("\r\n"),
        );
        break;
      case "MAIL":
        this.#allow(!this.#sender, line);
        this.#sender = true;
        this.#reply("250 2.1.0 Ok");
        break;
      case "RCPT":
        this.#allow(this.#sender, line);
        this.#recipients++;
        this.#report().recipientSum += Number(/\d+(?=@)/.exec(line)?.[0] ?? 0);
        this.#reply("250 2.1.5 Ok");
        break;
      case "DATA":
        this.#allow(this.#recipients > 0, line);
        this.#state = "data";
        // The end of the command's line may be the beginning of the mail's end.
        this.#rest = lineEnd;
        this.#mailBytes = -lineEnd.length;
        this.#reply("354 End data with <CR><LF>.<CR><LF>");
        break;
      case "BDAT":
        this.#allow(this.#recipients > 0, line);
        this.#chunkLeft = Number(line.split(" ")[1]);
        this.#lastChunk = /last/i.test(line);
        this.#state = "chunk";
        if (this.#chunkLeft === 0) this.#endChunk();
        break;
      case "RSET":
        this.#endTransaction();
        this.#reply("250 2.0.0 Ok");
        break;
      case "NOOP":
        this.#reply("250 2.0.0 Ok");
        break;
      case "QUIT":
        this.#reply("221 2.0.0 Bye");
        break;
      default:
        this.#allow(false, line);
        this.#reply("502 5.5.1 Unknown");
    }
  }

  #takeData(bytes: Buffer): Buffer {
    const all = Buffer.concat([this.#rest, bytes]);
    const end = all.indexOf(dataEnd);
    if (end === -1) {
      const sure = Math.max(0, all.length - dataEnd.length + 1);
      this.#keep(all.subarray(0, sure));
      this.#rest = all.subarray(sure);
      return nothing;
    }
    this.#keep(all.subarray(0, end + lineEnd.length));
    this.#rest = nothing;
    this.#takeMail();
    return all.subarray(end + dataEnd.length);
  }

  #takeChunk(bytes: Buffer): Buffer {
    const part = bytes.subarray(0, this.#chunkLeft);
    this.#keep(part);
    this.#chunkLeft -= part.length;
    if (this.#chunkLeft === 0) this.#endChunk();
    return bytes.subarray(part.length);
  }

  #endChunk(): void {
    this.#state = "commands";
    if (this.#lastChunk) this.#takeMail();
    else this.#reply("250 2.0.0 Ok");
  }

  #keep(bytes: Buffer): void {
    this.#mailBytes += bytes.length;
    this.#mail.push(bytes);
  }

  #takeMail(): void {
    const report = this.#report();
    report.mails++;
    report.bytes += this.#mailBytes;
    report.smallest = Math.min(report.smallest, this.#mailBytes);
    report.last = this.#mail;
    report.lastByData = this.#state === "data";
    this.#endTransaction();
    this.#reply("250 2.0.0 Ok: queued");
  }

  #endTransaction(): void {
    this.#state = "commands";
    this.#sender = false;
    this.#recipients = 0;
    this.#mailBytes = 0;
    this.#mail = [];
  }

  #allow(allowed: boolean, line: string): void {
    if (!allowed) this.#report().violations.push(line);
  }

  #reply(line: string): void {
    this.#replies += `${line}\r\n`;
  }

  /** What arrived together is answered together. */
  #answer(): void {
    const replies = this.#replies;
    if (replies === "") return;
    this.#replies = "";
    const write = (): void => {
      if (!this.#socket.writable) return;
      this.#socket.write(replies);
      if (replies.endsWith("221 2.0.0 Bye\r\n")) this.#socket.end();
    };
    if (this.#options.latencyMs === 0) write();
    else setTimeout(write, this.#options.latencyMs);
  }
}
