/** Mails at once on a connection to a server that is known to take them in turn. */
const maxWindow = 8;
/** After a loss, one mail more at once for each so many that were taken. */
const mailsPerStep = 100;

/**
 * What a server was seen to do, whatever it offers; a transport remembers it for as long as it lives.
 *
 * | seen | from then on |
 * | --- | --- |
 * | asks for the mail (354) although it has refused every recipient | DATA waits for the answers to RCPT |
 * | refuses RSET with 503 where it came with the end of a mail (Haraka) | a mail's commands wait for the answer to the one before |
 * | leaves commands that came together unanswered | one command at a time |
 * | offers CHUNKING and does not know BDAT | DATA |
 * | has taken a second mail over one connection | several mails at once, by BDAT |
 * | breaks off with several mails at once, or answers what it was not asked | one mail at once, and slowly more |
 */
export class ServerHabits {
  /** Answers commands that come together. */
  pipelines = true;
  /** Takes the next mail's commands with the end of a mail. */
  follows = true;
  /** Refuses DATA by itself where it has refused every recipient. */
  guardsData = true;
  chunks: "untried" | "yes" | "no" = "untried";
  /** 0: not known yet whether it keeps a connection open after a mail. */
  #window = 0;
  #taken = 0;

  /** How many mails may be at once on a connection by BDAT. */
  get window(): number {
    return this.#window;
  }

  keptOpen(): void {
    if (this.#window === 0) this.#window = maxWindow;
  }

  brokeOff(): void {
    this.#window = 1;
    this.#taken = 0;
  }

  tookMail(): void {
    if (this.#window === 0 || this.#window === maxWindow) return;
    if (++this.#taken % mailsPerStep === 0) this.#window++;
  }
}
