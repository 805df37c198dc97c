import { abortError, type MailError, toMailError } from "@mail/core";
import { takenTooEarly } from "../smtp-error.ts";
import type { SmtpRequest } from "../to-smtp-request.ts";
import type { ConnectionOwner } from "./connection-owner.ts";
import { endsMail, HeardLeave, type Leave, unseenAfter } from "./heard-leave.ts";
import { judgeAnswer } from "./judge-answer.ts";
import type { LoggedIn } from "./logged-in.ts";
import { refusalBefore } from "./mail-commands.ts";
import { MailInFlight } from "./mail-in-flight.ts";
import { MailWriter } from "./mail-writer.ts";
import type { PendingMail } from "./pending-mail.ts";
import { chunks, pipelines, planMail } from "./plan-mail.ts";
import { ReplyDeadline } from "./reply-deadline.ts";
import { ReplyReader } from "./reply-reader.ts";
import { sayGoodbye } from "./say-goodbye.ts";
import type { ServerHabits } from "./server-habits.ts";
import type { WriteTurn } from "./write-turn.ts";

/**
 * Mails on their way over one connection, several at once where the server offers it. Answers come in the order of the
 * commands, so that each belongs to the first mail that waits for one.
 */
export class DeliveryConnection {
  /** Mails given to it so far, refused ones too. */
  mails = 0;
  /** Since when it has had nothing to do, by `performance.now()`. */
  restsSince: number = performance.now();
  readonly #to: LoggedIn;
  readonly #habits: ServerHabits;
  readonly #turn: WriteTurn;
  readonly #owner: ConnectionOwner;
  readonly #reader = new ReplyReader();
  readonly #writer: MailWriter;
  readonly #inFlight: MailInFlight[] = [];
  /** Mails that were taken, and whose senders do not know it yet. */
  readonly #taken: PendingMail[] = [];
  #gone = false;
  /** Takes no more mails, and goes when those in flight have their outcomes. */
  #leaving = false;
  #mustReset = false;
  #inStep = false;
  readonly #deadline: ReplyDeadline;
  readonly #heardLeave = new HeardLeave();
  #quitting: Promise<void> | undefined;

  constructor(to: LoggedIn, habits: ServerHabits, turn: WriteTurn, owner: ConnectionOwner) {
    this.#to = to;
    this.#habits = habits;
    this.#turn = turn;
    this.#owner = owner;
    this.#deadline = new ReplyDeadline(to.replyTimeoutMs, () => this.#timeOut("Reply timeout"));
    this.#writer = new MailWriter(to, turn, {
      onHandedOver: () => this.#owner.onChange(this),
      onFailed: ({ pending }, thrown) => {
        pending.reject(toMailError(thrown));
        this.#leave();
      },
    });
    to.socket
      .on("data", (input: Buffer) => this.#read(input))
      .on("error", (error) => this.#lose(error))
      .on("timeout", () => this.#timeOut("Timeout"))
      .on("end", () => this.#end())
      .on("close", () => this.#end());
  }

  /** Mails in flight, also those that were aborted and whose answers are still to come. */
  get load(): number {
    return this.#inFlight.length;
  }

  /** Whether another mail could be written now. Behind one that is handed over, its commands can. */
  get canTake(): boolean {
    if (this.#gone || this.#leaving || this.#quitting !== undefined) return false;
    const last = this.#inFlight.at(-1);
    if (last === undefined) return true;
    const { extensions } = this.#to;
    if (!last.handedOver || !this.#habits.follows || !pipelines(extensions, this.#habits)) return false;
    if (this.#inFlight.length === 1) return true;
    return this.#inStep && chunks(extensions, this.#habits) && this.#inFlight.length < this.#habits.window;
  }

  /** Why this server cannot have the mail, as its answer to EHLO says. */
  refusalOf(request: SmtpRequest): MailError | undefined {
    return refusalBefore(request, this.#to.extensions);
  }

  take(pending: PendingMail): void {
    const { load } = this;
    if (load === 0) this.#to.socket.ref();
    const restedMs = load === 0 && this.mails > 0 ? performance.now() - this.restsSince : 0;
    const state = { load, restedMs, mustReset: this.#mustReset, inStep: this.#inStep };
    const plan = planMail(pending.request, state, this.#to.extensions, this.#habits);
    const mail = new MailInFlight(pending, plan, this.mails === 0, this.#to.server);
    this.mails++;
    this.#mustReset = false;
    this.#inFlight.push(mail);
    pending.abort = this.#abort;
    this.#writer.ask(mail);
  }

  /** Lets the process end although the connection stays open. */
  rest(): void {
    this.#to.socket.unref();
  }

  /** Says goodbye and closes; resolves when the connection is closed. */
  quit(): Promise<void> {
    this.#quitting ??= this.#quit();
    return this.#quitting;
  }

  #read(input: Buffer): void {
    this.#hear(input);
    if (this.#taken.length === 0) return;
    const taken = this.#taken.splice(0);
    const tell = (): void => {
      for (const pending of taken) pending.tell();
    };
    // Where there is room, what is sent because of it goes out with what is written now.
    if (this.canTake) tell();
    else this.#turn.afterwards(tell);
  }

  #hear(input: Buffer): void {
    const { replies, problem } = this.#reader.read(input);
    for (const reply of replies) {
      if (this.#gone) return;
      this.#to.log?.("server", reply);
      this.#answer(reply);
    }
    if (this.#gone) return;
    if (problem !== undefined) {
      this.#failProtocol(problem);
      return;
    }
    this.#deadline.watch(this.#reader.incomplete);
    // Not before all is read: nothing is handed over to a server that answers what it was not asked.
    const [head] = this.#inFlight;
    if (head !== undefined && !head.waits && !head.pending.settled) this.#writer.ask(head);
    this.#owner.onChange(this);
  }

  #answer(reply: string): void {
    const [mail] = this.#inFlight;
    // Nothing was asked: the server takes leave, or is out of step.
    if (mail === undefined) {
      if (this.#quitting === undefined && !reply.startsWith("4")) this.#habits.brokeOff();
      this.#go();
      return;
    }
    if (this.#heardLeave.forget()?.at === "reset") {
      this.#failProtocol("RSET was not taken");
      return;
    }
    const wasUnbegun = mail.unbegun;
    const verdict = judgeAnswer(mail, reply);
    if (wasUnbegun && !mail.unbegun && !mail.isFirst && reply.startsWith("2")) this.#habits.keptOpen();
    switch (verdict.kind) {
      case "goOn":
        if (mail.steps[mail.answered - 1] === "chunk") this.#habits.chunks = "yes";
        return;
      case "taken":
        this.#inStep = true;
        this.#habits.tookMail();
        mail.pending.take({ accepted: mail.accepted, rejected: mail.rejected, response: reply });
        this.#taken.push(mail.pending);
        this.#done();
        return;
      case "refused":
        this.#mustReset = true;
        mail.pending.reject(verdict.error);
        if (verdict.openEnded) {
          // Without an end there is no mail, so nothing can be delivered.
          if (mail.steps[mail.answered - 1] === "data") this.#habits.guardsData = false;
          this.#leaving = true;
        }
        this.#done();
        return;
      case "takenTooEarly":
        mail.pending.reject(takenTooEarly(this.#to.server, reply));
        this.#leave();
        return;
      case "chunksUnknown":
        this.#habits.chunks = "no";
        this.#go([mail.pending]);
        return;
      case "leave":
        if (verdict.at === "reset" && mail.plan.behind && reply.startsWith("503")) this.#habits.follows = false;
        this.#hearLeave({ mail, at: verdict.at, error: verdict.error });
        return;
      case "outOfStep":
        this.#failProtocol(verdict.problem);
    }
  }

  /** The first mail in flight has its outcome. */
  #done(): void {
    this.#inFlight.shift();
    if (this.#inFlight.length === 0) this.restsSince = performance.now();
    this.#leaveIfSettled();
  }

  /** Where whole mails are on their way, either the server's end or its next answer shows whether it means it. */
  #hearLeave(leave: Leave): void {
    if (endsMail(leave)) {
      leave.mail.pending.reject(leave.error);
      this.#inFlight.shift();
    }
    if (this.#inFlight.some((mail) => mail.handedOver)) {
      this.#heardLeave.hear(leave, (silence) => this.#fail(silence));
      this.#leave();
    } else {
      this.#takeLeave(leave);
    }
  }

  #takeLeave(leave: Leave): void {
    const unseen = unseenAfter(leave, this.#inFlight);
    if (!unseen.includes(leave.mail)) leave.mail.pending.reject(leave.error);
    this.#go(unseen.map(({ pending }) => pending));
  }

  #failProtocol(problem: string): void {
    this.#fail(Object.assign(new Error(problem), { code: "EPROTOCOL" }));
  }

  #timeOut(problem: string): void {
    const [head] = this.#inFlight;
    // It took the first command and lost those that came with it; one that is silent altogether is just gone.
    if (head !== undefined && head.answered > 0 && head.asked - head.answered > 1 && !head.envelopeAnswered)
      this.#habits.pipelines = false;
    this.#fail(Object.assign(new Error(problem), { code: "ETIMEDOUT", timeoutType: "SOCKET_TIMEOUT" }));
  }

  #end(): void {
    if (this.#gone) return;
    const { rest } = this.#reader;
    // A refusal that lacks its line end is one all the same.
    if (this.#inFlight[0]?.waits && /^[45]\d\d[ -]/.test(rest)) this.#answer(rest);
    this.#lose(Object.assign(new Error("Connection closed unexpectedly"), { code: "ECONNECTION" }));
  }

  /** The server is gone, as it said or not. */
  #lose(error: Error): void {
    const leave = this.#heardLeave.forget();
    if (leave === undefined) this.#fail(error);
    else this.#takeLeave(leave);
  }

  /** The connection is of no more use: each mail on it has its own outcome. */
  #fail(error: Error): void {
    if (this.#gone) return;
    const unseen: PendingMail[] = [];
    let handedOver = 0;
    for (const mail of this.#inFlight) {
      if (mail.handedOver && !mail.pending.settled) handedOver++;
      if (mail.unbegun && !mail.handedOver && !mail.isFirst) unseen.push(mail.pending);
      else mail.pending.reject(mail.failed(error));
    }
    if (handedOver > 1) this.#habits.brokeOff();
    this.#go(unseen);
  }

  /** Ends one mail; others on the connection come to their own ends first. */
  readonly #abort = (pending: PendingMail): void => {
    const handedOver = this.#inFlight.some((mail) => mail.pending === pending && mail.handedOver);
    pending.reject(abortError(pending.signal, handedOver ? "unknown" : "not_sent"));
    if (this.#inFlight.every((mail) => mail.pending.settled)) this.#go();
    else if (!handedOver) this.#leaving = true;
  };

  #leave(): void {
    this.#leaving = true;
    this.#leaveIfSettled();
  }

  #leaveIfSettled(): void {
    if (this.#leaving && this.#inFlight.every(({ pending }) => pending.settled)) this.#go();
  }

  async #quit(): Promise<void> {
    if (!this.#gone && this.#inFlight.length === 0) await sayGoodbye(this.#to.socket, this.#writer);
    this.#go();
  }

  #go(unseen: readonly PendingMail[] = []): void {
    if (this.#gone) return;
    this.#gone = true;
    this.#inFlight.length = 0;
    this.#deadline.end();
    this.#heardLeave.forget();
    // At once: what is still in the socket's buffer must not go out.
    this.#to.socket.setTimeout(0).destroy();
    this.#owner.onGone(this, unseen);
  }
}
