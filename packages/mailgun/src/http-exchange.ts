import type { IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import { TLSSocket } from "node:tls";
import type { DeliveryState } from "@mail/core";
import { forbidRedirects } from "./forbid-redirects.ts";
import type { OwnConnections } from "./own-connections.ts";
import { refusePackedAnswers } from "./refuse-packed-answers.ts";

/** Mailgun's answers are short; whatever is longer is none. */
const maxAnswerBytes = 1_000_000;

/** What happened on the wire during one request, which mailgun.js does not tell. */
export class HttpExchange {
  #request: NodeJS.WritableStream | undefined;
  #connected = false;
  #bodyGiven = false;
  #response: IncomingMessage | undefined;
  #aborted: Error | undefined;
  readonly #connections: OwnConnections;

  constructor(connections: OwnConnections) {
    this.#connections = connections;
  }

  /** HTTP status; `undefined` where no answer came. */
  get status(): number | undefined {
    return this.#response?.statusCode;
  }

  /** A good answer began and did not come to its end. */
  get answerCut(): boolean {
    return this.#response !== undefined && (this.status ?? 0) < 300 && !this.#response.complete;
  }

  /** The header `Retry-After`. */
  get retryAfter(): string | undefined {
    return this.#response?.headers["retry-after"];
  }

  /** Whether the other side may have the whole mail. */
  get handedOver(): boolean {
    return this.#connected && this.#bodyGiven;
  }

  /** What is known of the mail where no answer came. */
  get delivery(): DeliveryState {
    return this.handedOver ? "unknown" : "not_sent";
  }

  /** Listens to a request of node:http. */
  follow(request: NodeJS.WritableStream): void {
    this.#request = request;
    forbidRedirects(request);
    refusePackedAnswers(request);
    if (this.#aborted !== undefined) this.abort(this.#aborted);
    request.once("socket", (socket: Socket) => {
      this.#connections.add(socket);
      if (!socket.connecting) this.#connected = true;
      else socket.once(socket instanceof TLSSocket ? "secureConnect" : "connect", () => (this.#connected = true));
    });
    request.once("response", (response: IncomingMessage) => {
      this.#response = response;
      let bytes = 0;
      response.on("data", (chunk: Uint8Array) => {
        bytes += chunk.byteLength;
        if (bytes > maxAnswerBytes) response.destroy(new Error(`The answer is longer than ${maxAnswerBytes} bytes.`));
      });
    });
  }

  /** The last byte of the body is being written. */
  bodyGiven(): void {
    this.#bodyGiven = true;
  }

  /** Closes the socket, or the one to come; the request then fails with `reason`. */
  abort(reason: Error): void {
    this.#aborted = reason;
    const request = this.#request;
    if (request !== undefined && "destroy" in request && typeof request.destroy === "function") request.destroy(reason);
  }
}
