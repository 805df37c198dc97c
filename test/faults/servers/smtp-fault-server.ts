import type { Socket } from "node:net";
import { TLSSocket, type TlsOptions } from "node:tls";
import { type FaultServer, type Faults, faultServer, type ServerState, type Tls } from "./fault-server.ts";
import { readSource } from "./received-mail.ts";
import { play } from "./step.ts";
import { overTls, type Place } from "./tcp-server.ts";
import { WireReader } from "./wire-reader.ts";

/** Where in the dialogue a fault strikes; `body` as soon as some of the mail came, `rest` after a mail was answered. */
export type SmtpPoint =
  | "greeting"
  | "ehlo"
  | "starttls"
  | "handshake"
  | "auth"
  | "mail"
  | "rcpt"
  | "data"
  | "body"
  | "dot"
  | "rest"
  | "rset";

export interface SmtpFaults extends Faults<SmtpPoint> {
  /** Extensions, such as PIPELINING. */
  readonly offers?: readonly string[] | undefined;
  readonly starttls?: Tls | undefined;
}

const usual: Readonly<Record<string, string>> = {
  greeting: "220 mail.example ESMTP\r\n",
  starttls: "220 2.0.0 go on\r\n",
  auth: "235 2.7.0 welcome\r\n",
  mail: "250 2.1.0 ok\r\n",
  rcpt: "250 2.1.5 ok\r\n",
  data: "354 go on\r\n",
  dot: "250 2.0.0 taken\r\n",
  rset: "250 2.0.0 ok\r\n",
};

/** A mail server with a fault that can begin and end. */
export function smtpFaultServer({ starttls, offers = [], ...faults }: SmtpFaults, place?: Place): Promise<FaultServer> {
  const talk = (socket: Socket, state: ServerState<SmtpPoint>): void => {
    const options = { readsSlowly: faults.readsSlowly, offers, starttls: state.tlsNow(starttls) };
    void new Dialogue(socket, options, state).run();
  };
  return faultServer(faults, talk, place);
}

interface DialogueOptions {
  readonly readsSlowly?: boolean | undefined;
  readonly offers: readonly string[];
  readonly starttls: TlsOptions | undefined;
}

class Dialogue {
  #socket: Socket;
  #reader: WireReader;
  readonly #options: DialogueOptions;
  readonly #state: ServerState<SmtpPoint>;
  #hasSender = false;
  #recipients: string[] = [];
  /** By BDAT. */
  #pieces: Buffer[] = [];

  constructor(socket: Socket, options: DialogueOptions, state: ServerState<SmtpPoint>) {
    this.#socket = socket;
    this.#reader = new WireReader(socket, options);
    this.#options = options;
    this.#state = state;
  }

  async run(): Promise<void> {
    let goesOn = await this.#answer("greeting");
    while (goesOn) {
      const line = await this.#reader.line();
      if (line === undefined) return;
      goesOn = await this.#command(line);
    }
  }

  async #command(line: string): Promise<boolean> {
    const verb = line.slice(0, 4).toUpperCase();
    switch (verb) {
      case "EHLO":
        return this.#answer("ehlo", this.#extensions());
      case "HELO":
        return this.#answer("ehlo", "250 mail.example\r\n");
      case "STAR":
        return this.#startTls();
      case "AUTH":
        return this.#answer("auth");
      case "MAIL":
        return this.#sender();
      case "RCPT":
        return this.#recipient(/<([^>]*)>/.exec(line)?.[1] ?? "");
      case "DATA":
        return this.#data();
      case "BDAT":
        return this.#chunk(Number(line.split(" ")[1]), line.endsWith(" LAST"));
      case "RSET":
        this.#reset(false);
        return this.#answer("rset");
      case "QUIT":
        await play(this.#socket, { say: "221 2.0.0 bye\r\n", end: "close" });
        return false;
      default:
        return play(this.#socket, { say: "500 5.5.1 what?\r\n" });
    }
  }

  #answer(point: SmtpPoint, text = usual[point]): Promise<boolean> {
    return play(this.#socket, this.#state.stepAt(point) ?? { say: text });
  }

  #extensions(): string {
    const offersTls = this.#options.starttls !== undefined && !(this.#socket instanceof TLSSocket);
    const offers = ["AUTH PLAIN", ...(offersTls ? ["STARTTLS"] : []), ...this.#options.offers, "ENHANCEDSTATUSCODES"];
    return ["mail.example", ...offers].map((text, at) => `250${at < offers.length ? "-" : " "}${text}\r\n`).join("");
  }

  async #startTls(): Promise<boolean> {
    const { starttls } = this.#options;
    const step = this.#state.stepAt("starttls");
    if (step !== undefined || starttls === undefined) return play(this.#socket, step ?? { say: "502 5.5.1 no\r\n" });
    if (!(await this.#answer("starttls"))) return false;
    const handshake = this.#state.stepAt("handshake");
    if (handshake !== undefined) return (await this.#reader.some()) !== undefined && play(this.#socket, handshake);
    this.#socket.removeAllListeners("readable");
    this.#socket = overTls(this.#socket, starttls);
    this.#reader = new WireReader(this.#socket, this.#options);
    return true;
  }

  #reset(hasSender: boolean): void {
    this.#hasSender = hasSender;
    this.#recipients = [];
    this.#pieces = [];
  }

  async #sender(): Promise<boolean> {
    const refusal = this.#state.stepAt("mail");
    this.#reset(refusal === undefined);
    return play(this.#socket, refusal ?? { say: usual["mail"] });
  }

  async #recipient(address: string): Promise<boolean> {
    if (!this.#hasSender) return play(this.#socket, { say: "503 5.5.1 MAIL first\r\n" });
    const step = this.#state.stepAt("rcpt", address);
    if (step === undefined) this.#recipients.push(address);
    return play(this.#socket, step ?? { say: usual["rcpt"] });
  }

  async #data(): Promise<boolean> {
    if (this.#recipients.length === 0) return play(this.#socket, { say: nobody });
    const refusal = this.#state.stepAt("data");
    if (refusal !== undefined) return play(this.#socket, refusal);
    if (!(await this.#answer("data"))) return false;
    const inBody = this.#state.stepAt("body");
    if (inBody !== undefined && !((await this.#reader.some()) && (await play(this.#socket, inBody)))) return false;
    const source = await this.#reader.mail();
    // Where it was answered already, there is nothing to add.
    return source !== undefined && this.#take(source, inBody?.say !== undefined);
  }

  async #chunk(bytes: number, isLast: boolean): Promise<boolean> {
    const piece = await this.#reader.bytes(bytes);
    if (piece === undefined) return false;
    if (this.#recipients.length === 0) return play(this.#socket, { say: nobody });
    this.#pieces.push(piece);
    return isLast ? this.#take(Buffer.concat(this.#pieces)) : play(this.#socket, { say: usual["dot"] });
  }

  async #take(source: Buffer, isAnswered = false): Promise<boolean> {
    const step = this.#state.stepAt("dot");
    const accepted = step?.accept ?? step === undefined;
    this.#state.mails.push({ ...readSource(source, this.#recipients), accepted });
    this.#reset(false);
    if (!isAnswered && !(await play(this.#socket, step ?? { say: usual["dot"] }))) return false;
    const resting = this.#state.stepAt("rest");
    return resting === undefined || play(this.#socket, resting);
  }
}

const nobody = "503 5.5.1 no valid recipients\r\n";
