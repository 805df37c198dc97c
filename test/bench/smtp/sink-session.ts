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
  /** One of the last mails, whole. */
  kept: string;
}

/** The same while it is being counted. */
export type SmtpCounts = Omit<SmtpReport, "kept"> & { kept: readonly Buffer[]; keptByData: boolean };

export const nothingYet = (): SmtpCounts => ({
  mails: 0,
  connections: 0,
  bytes: 0,
  smallest: Number.POSITIVE_INFINITY,
  recipientSum: 0,
  violations: [],
  kept: [],
  keptByData: false,
});

export function reportOf({ kept, keptByData, ...counts }: SmtpCounts): SmtpReport {
  const mail = Buffer.concat(kept).toString("latin1");
  return { ...counts, kept: keptByData ? mail.replaceAll("\r\n..", "\r\n.").slice(lineEnd.length) : mail };
}

/** Memory that lives longer than a moment costs the sink time. */
const keepOneOf = 64;
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
  /** The mail's bytes, where it is one that is kept. */
  #kept: Buffer[] | undefined;
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
        if (this.#report().mails % keepOneOf === 0) this.#kept = [];
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
    const before = this.#rest.length;
    // The end may lie across the border of what came before, or within what came now, which is large and not copied.
    const border = Buffer.concat([this.#rest, bytes.subarray(0, dataEnd.length - 1)]);
    const across = border.indexOf(dataEnd);
    const within = across === -1 ? bytes.indexOf(dataEnd) : across - before;
    const found = across !== -1 || within !== -1;
    const sure = found ? within + lineEnd.length : Math.max(-before, bytes.length - dataEnd.length + 1);
    this.#keep(this.#rest.subarray(0, before + Math.min(sure, 0)));
    this.#keep(bytes.subarray(0, Math.max(sure, 0)));
    if (!found) {
      this.#rest = sure >= 0 ? bytes.subarray(sure) : border.subarray(before + sure);
      return nothing;
    }
    this.#rest = nothing;
    this.#takeMail();
    return bytes.subarray(within + dataEnd.length);
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
    this.#kept?.push(bytes);
  }

  #takeMail(): void {
    const report = this.#report();
    report.bytes += this.#mailBytes;
    report.smallest = Math.min(report.smallest, this.#mailBytes);
    if (this.#kept !== undefined) {
      report.kept = this.#kept;
      report.keptByData = this.#state === "data";
    }
    report.mails++;
    this.#endTransaction();
    this.#reply("250 2.0.0 Ok: queued");
  }

  #endTransaction(): void {
    this.#state = "commands";
    this.#sender = false;
    this.#recipients = 0;
    this.#mailBytes = 0;
    this.#kept = undefined;
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
