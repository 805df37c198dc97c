/** What came out of a piece of input. */
export interface ReadReplies {
  /** Complete replies in order, their lines joined by `\n`. */
  readonly replies: readonly string[];
  /** What came after them is no reply, and so the end of the dialogue. */
  readonly problem?: string;
}

/** Some servers send a few between replies; this many is none. */
const maxEmptyLines = 100;
/** Far beyond any reply that is meant; more is not kept. */
const maxReplyLength = 1024 * 1024;

/**
 * Takes what a server sends apart into replies (RFC 5321 section 4.2): a code on each line, the same outcome on all, and
 * a length that ends somewhere. Anything else would set replies and commands apart, and is told as a problem.
 */
export class ReplyReader {
  /** What came after the last line end, a character for each byte. */
  #line = "";
  /** The lines so far of a reply that goes on, and how many characters they have. */
  #begun: string[] = [];
  #begunLength = 0;
  #emptyLines = 0;

  /** A reply has begun and not ended. */
  get incomplete(): boolean {
    return this.#line !== "" || this.#begun.length > 0;
  }

  /** A reply that lacks nothing but its line end, for a server that closed without. */
  get rest(): string {
    return decode(this.#line.trim());
  }

  read(input: Buffer): ReadReplies {
    const text = input.toString("latin1");
    const replies: string[] = [];
    let start = 0;
    for (let end = text.indexOf("\n"); end !== -1; end = text.indexOf("\n", start)) {
      const line = withoutReturn(this.#line + text.slice(start, end));
      this.#line = "";
      start = end + 1;
      const problem = this.#take(line, replies);
      if (problem !== undefined) return { replies, problem };
    }
    this.#line += text.slice(start);
    return this.#line.length > maxReplyLength ? { replies, problem: "The server's reply is too long." } : { replies };
  }

  #take(line: string, replies: string[]): string | undefined {
    const [first = line] = this.#begun;
    if (this.#begun.length === 0 && line.trim() === "") {
      return ++this.#emptyLines > maxEmptyLines ? "The server sends nothing but empty lines." : undefined;
    }
    if (!isReplyLine(line) || line[0] !== first[0])
      return `That is no reply: ${JSON.stringify([...this.#begun, line].join("\n").slice(0, 200))}`;
    this.#begunLength += line.length;
    if (this.#begunLength > maxReplyLength) return "The server's reply is too long.";
    this.#emptyLines = 0;
    if (line[3] === "-") {
      this.#begun.push(line);
      return undefined;
    }
    replies.push(decode(this.#begun.length === 0 ? line : [...this.#begun, line].join("\n")));
    this.#begun = [];
    this.#begunLength = 0;
    return undefined;
  }
}

const isReplyLine = (line: string): boolean => /^[2-5]\d\d(?:[ -]|$)/.test(line);

const withoutReturn = (line: string): string => (line.endsWith("\r") ? line.slice(0, -1) : line);

/** UTF-8 where it is, which RFC 5321 section 4.2.1 leaves open; else byte by byte. */
function decode(bytes: string): string {
  if (!/[\x80-\xff]/.test(bytes)) return bytes;
  const text = Buffer.from(bytes, "latin1").toString("utf8");
  return text.includes("\ufffd") ? bytes : text;
}
