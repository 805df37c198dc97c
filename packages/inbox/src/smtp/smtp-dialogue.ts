const mask = "***";
const maxLines = 1_000;
const maxLineLength = 1_000;

/** Commands whose lines hold no secret. Anything else may be a password that came where none was expected. */
const open = /^(?:EHLO|HELO|MAIL|RCPT|DATA|RSET|NOOP|QUIT|STARTTLS|VRFY|HELP)\b/i;

/** Commands and replies of one connection, secrets masked. */
export class SmtpDialogue {
  /** What came before the first mail: greeting, EHLO, STARTTLS, AUTH. */
  readonly #opening: string[] = [];
  #mail: string[] | undefined;

  command(line: string): void {
    if (/^MAIL\b/i.test(line)) this.#mail = [];
    this.#add(`C: ${masked(line)}`);
  }

  reply(text: string): void {
    for (const line of text.split("\r\n")) this.#add(`S: ${line}`);
  }

  /** What happened besides, such as the start of TLS. */
  note(text: string): void {
    this.#add(`(${text})`);
  }

  /** The lines that belong to the mail at hand. */
  lines(): readonly string[] {
    return [...this.#opening, ...(this.#mail ?? [])];
  }

  #add(line: string): void {
    const lines = this.#mail ?? this.#opening;
    if (lines.length < maxLines) lines.push(line.length > maxLineLength ? `${line.slice(0, maxLineLength)}…` : line);
    else if (lines.length === maxLines) lines.push("(more)");
  }
}

function masked(line: string): string {
  const auth = /^AUTH\s+(\S+)(\s)?/i.exec(line);
  if (auth !== null) return `AUTH ${auth[1]}${auth[2] === undefined ? "" : ` ${mask}`}`;
  return open.test(line) ? line : mask;
}
