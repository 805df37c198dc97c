import { LineBuffers } from "../compose/base64-stream.ts";
import type { LoggedIn } from "./logged-in.ts";
import { mailCommand } from "./mail-commands.ts";
import type { MailInFlight, Step } from "./mail-in-flight.ts";
import { SocketWriter } from "./socket-writer.ts";
import { bytesOf, dataPieces, dataStream, isReady, splitFirstLine, writePieces } from "./write-body.ts";
import type { WriteTurn } from "./write-turn.ts";

/** Mails up to this size are written at once. */
const smallBytes = 64 * 1024;

/** What a large mail came to. */
export interface WriteListener {
  /** All of it was given to the socket. */
  onHandedOver(): void;
  /** Its source failed. */
  onFailed(mail: MailInFlight, thrown: unknown): void;
}

/** Writes mails' commands and content to the server, as far as each may go. */
export class MailWriter {
  readonly #to: LoggedIn;
  readonly #socket: SocketWriter;
  readonly #listener: WriteListener;
  /** Of one mail after the other: the next one's content is not written before this one's is. */
  #buffers: LineBuffers | undefined;

  constructor(to: LoggedIn, turn: WriteTurn, listener: WriteListener) {
    this.#to = to;
    this.#socket = new SocketWriter(to.socket, turn);
    this.#listener = listener;
  }

  /** Writes what of the mail may go out now. */
  ask(mail: MailInFlight): void {
    const end = Math.min(mail.mayAsk, mail.steps.length);
    let commands = "";
    while (mail.asked < end) {
      const step = mail.steps[mail.asked] ?? "body";
      if (step === "chunk" || step === "body") this.command(commands);
      if (step === "chunk") this.#writeFirstChunk(mail);
      else if (step === "body") this.#writeBody(mail);
      else commands += this.#commandFor(step, mail);
      mail.asked++;
      if (step === "body") return;
    }
    this.command(commands);
  }

  /** @param commands with their line ends */
  command(commands: string): void {
    if (commands === "") return;
    const { log } = this.#to;
    if (log !== undefined) for (const line of commands.trimEnd().split("\r\n")) log("client", line);
    this.#socket.write(Buffer.from(commands, "utf8"));
  }

  #commandFor(step: Exclude<Step, "chunk" | "body">, mail: MailInFlight): string {
    const { request } = mail.pending;
    switch (step) {
      case "reset":
        return "RSET\r\n";
      case "mail":
        return `${mailCommand(request, this.#to.extensions)}\r\n`;
      case "rcpt":
        return `RCPT TO:<${request.to[mail.asked - mail.firstRecipientStep] ?? ""}>\r\n`;
      case "data":
        return "DATA\r\n";
    }
  }

  /** One header line, which does nothing where the server takes it for a command. */
  #writeFirstChunk({ pending: { request } }: MailInFlight): void {
    const [line] = splitFirstLine(request.body);
    this.command(`BDAT ${line.byteLength}\r\n`);
    this.#socket.write(line);
  }

  #writeBody(mail: MailInFlight): void {
    const { body, size } = mail.pending.request;
    this.#to.log?.("client", `<${size ?? "unknown"} bytes of mail>`);
    if (!isReady(body)) {
      this.#buffers ??= new LineBuffers();
      this.#writeLarge(mail, dataStream(body(this.#buffers)));
      return;
    }
    const content = mail.plan.tryChunk ? splitFirstLine(body)[1] : body;
    const bytes = bytesOf(content);
    if (mail.plan.by === "BDAT") this.command(`BDAT ${bytes} LAST\r\n`);
    const pieces = mail.plan.by === "BDAT" ? content : dataPieces(content);
    if (bytes > smallBytes) {
      this.#writeLarge(mail, pieces);
      return;
    }
    mail.handedOver = true;
    for (const piece of pieces) this.#socket.write(piece);
  }

  #writeLarge(mail: MailInFlight, pieces: Iterable<Buffer> | AsyncIterable<Buffer>): void {
    this.#socket.flush();
    const isWanted = (): boolean => !this.#to.socket.destroyed && !mail.pending.settled;
    const onLast = (): void => {
      mail.handedOver = true;
    };
    writePieces(this.#to.socket, pieces, isWanted, onLast).then(
      () => {
        if (mail.handedOver) this.#listener.onHandedOver();
      },
      (thrown: unknown) => this.#listener.onFailed(mail, thrown),
    );
  }
}
