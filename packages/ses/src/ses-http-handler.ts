import http from "node:http";
import https from "node:https";

/** The request as the AWS SDK hands it over, signed. */
interface SignedRequest {
  readonly protocol: string;
  readonly hostname: string;
  readonly port?: number | undefined;
  readonly path: string;
  readonly method: string;
  readonly query?: Readonly<Record<string, string | string[] | null>> | undefined;
  readonly headers: Record<string, string>;
  readonly body?: unknown;
}

interface Answer {
  readonly statusCode: number;
  readonly headers: Record<string, string>;
  readonly body: Uint8Array;
}

interface Limits {
  readonly connectionTimeoutMs: number;
  readonly maxConnections: number;
}

/** Idle connections are dropped before the other side drops them, so that a mail is not written into a dead one. */
const maxIdleMs = 4_000;
/** SES's answers are short; whatever is longer is none. */
const maxAnswerBytes = 1_000_000;

/**
 * Takes the place of the AWS SDK's own handler, which cannot be used safely for mail: its connection timeout also runs
 * while a mail waits for a free connection; its timers keep the process alive after an abort; it reads answers without
 * end; and it does not say whether the whole request was written, on which depends whether a failed mail may be sent again.
 */
export class SesHttpHandler {
  readonly metadata: { readonly handlerProtocol: string } = { handlerProtocol: "http/1.1" };
  readonly #limits: Limits;
  readonly #clearText: http.Agent;
  readonly #encrypted: https.Agent;
  readonly #requests = new WeakMap<object, http.ClientRequest>();
  readonly #handedOver = new WeakSet<object>();

  constructor(limits: Limits) {
    const agentOptions = { keepAlive: true, maxSockets: limits.maxConnections, timeout: maxIdleMs };
    this.#limits = limits;
    this.#clearText = new http.Agent(agentOptions);
    this.#encrypted = new https.Agent(agentOptions);
  }

  /** True once the whole request that goes with this signal was given to the operating system: SES may have the mail. */
  hasHandedOver(signal: AbortSignal): boolean {
    return this.#handedOver.has(signal) || isWritten(this.#requests.get(signal));
  }

  handle(
    request: SignedRequest,
    options: { readonly abortSignal?: object | undefined } = {},
  ): Promise<{ response: Answer }> {
    const signal = options.abortSignal instanceof AbortSignal ? options.abortSignal : undefined;
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(aborted());
      const { connectionTimeoutMs } = this.#limits;
      const outgoing = this.#open(request);
      let connecting: NodeJS.Timeout | undefined;
      const end = (settle: () => void): void => {
        clearTimeout(connecting);
        signal?.removeEventListener("abort", onAbort);
        settle();
      };
      const fail = (error: Error): void => {
        end(() => reject(error));
        outgoing.destroy();
      };
      const onAbort = (): void => fail(aborted());
      signal?.addEventListener("abort", onAbort, { once: true });
      const onConnected = (): void => clearTimeout(connecting);
      if (signal !== undefined) {
        this.#requests.set(signal, outgoing);
        outgoing.once("finish", () => this.#handedOver.add(signal));
      }
      outgoing.once("socket", (socket) => {
        if (outgoing.reusedSocket || !socket.connecting) return onConnected();
        socket.once(request.protocol === "https:" ? "secureConnect" : "connect", onConnected);
        connecting = setTimeout(() => fail(noConnection(connectionTimeoutMs)), connectionTimeoutMs).unref();
      });
      outgoing.once("response", (incoming) => {
        onConnected();
        collect(incoming).then((response) => {
          end(() => resolve({ response }));
          // Whoever answers early reads no further: what is left of the request would wait for ever.
          if (!outgoing.writableFinished) outgoing.destroy();
        }, fail);
      });
      outgoing.on("error", fail);
      outgoing.end(request.body);
    });
  }

  #open({ protocol, hostname, port, path, query = {}, method, headers }: SignedRequest): http.ClientRequest {
    const search = new URLSearchParams(
      Object.entries(query).flatMap(([name, value]) =>
        [value ?? []].flat().map((text): [string, string] => [name, text]),
      ),
    ).toString();
    const options: http.RequestOptions = {
      host: hostname.replace(/^\[|\]$/g, ""),
      path: search === "" ? path : `${path}?${search}`,
      method,
      headers,
      ...(port !== undefined && { port }),
    };
    return protocol === "https:"
      ? https.request({ ...options, agent: this.#encrypted })
      : http.request({ ...options, agent: this.#clearText });
  }

  /** Part of the SDK's contract; there is nothing to update. */
  updateHttpClientConfig(): void {}

  httpHandlerConfigs(): Record<string, never> {
    return {};
  }

  destroy(): void {
    this.#clearText.destroy();
    this.#encrypted.destroy();
  }
}

/** Node tells of the last byte a moment after it was written. Of a broken connection it cannot be told in this way. */
function isWritten(request: http.ClientRequest | undefined): boolean {
  return request?.socket?.destroyed === false && request.writableEnded && request.writableLength === 0;
}

async function collect(incoming: http.IncomingMessage): Promise<Answer> {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const part of incoming as AsyncIterable<Uint8Array>) {
    bytes += part.byteLength;
    if (bytes > maxAnswerBytes) throw tooLong();
    parts.push(part);
  }
  const headers = Object.entries(incoming.headers).map(([name, value]) => [name, [value ?? ""].flat().join(", ")]);
  return { statusCode: incoming.statusCode ?? 0, headers: Object.fromEntries(headers), body: Buffer.concat(parts) };
}

function aborted(): Error {
  return Object.assign(new Error("The request was aborted."), { name: "AbortError" });
}

function tooLong(): Error {
  const message = `The answer is longer than ${maxAnswerBytes} bytes.`;
  return Object.assign(new Error(message), { code: "ERR_BAD_RESPONSE" });
}

function noConnection(afterMs: number): Error {
  return Object.assign(new Error(`There was no connection within ${afterMs} ms.`), {
    name: "TimeoutError",
    code: "ETIMEDOUT",
  });
}
