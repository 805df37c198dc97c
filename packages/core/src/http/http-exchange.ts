import type http from "node:http";

/** A request with a ready body. */
export interface HttpRequest {
  /** `"http:"` or `"https:"`. */
  readonly protocol: string;
  /** An IPv6 address stands with or without brackets. */
  readonly hostname: string;
  /** Default: the protocol's. */
  readonly port?: number | string | undefined;
  /** With the query. */
  readonly path: string;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array | undefined;
}

export interface HttpAnswer {
  readonly status: number;
  readonly statusText: string;
  /** Names in lower case; a header that came several times is joined with commas. */
  readonly headers: Readonly<Record<string, string>>;
  /** As it came: nothing is unpacked. */
  readonly body: Buffer;
  /** False where the connection broke within the body: the status counts all the same. */
  readonly complete: boolean;
}

/** One request under way. */
export interface HttpExchange {
  /** Rejects with the socket's own error and its `code`; for an abort, with an error called `AbortError`. */
  readonly answer: Promise<HttpAnswer>;
  /** True once the last byte of the request was given to the operating system: the other side may have all of it. */
  readonly handedOver: boolean;
}

interface ExchangeOptions {
  readonly signal: AbortSignal | undefined;
  readonly connectionTimeoutMs: number | undefined;
}

/** Answers of the providers are short; whatever is longer is none. */
const maxAnswerBytes = 1_000_000;

/** Starts a request by one of Node's own request functions. */
export function startExchange(
  start: typeof http.request,
  { protocol, hostname, port, path, method, headers, body }: HttpRequest,
  agent: http.Agent,
  { signal, connectionTimeoutMs }: ExchangeOptions,
): HttpExchange {
  if (signal?.aborted) return { answer: Promise.reject(aborted()), handedOver: false };
  const host = hostname.startsWith("[") ? hostname.slice(1, -1) : hostname;
  const outgoing = start({ agent, host, path, method, headers, ...(port !== undefined && port !== "" && { port }) });
  const { promise: answer, resolve, reject } = Promise.withResolvers<HttpAnswer>();
  let written = false;
  let answered = false;
  let connecting: NodeJS.Timeout | undefined;

  const settle = (): void => {
    clearTimeout(connecting);
    signal?.removeEventListener("abort", onAbort);
  };
  const fail = (error: Error): void => {
    written ||= isWritten(outgoing);
    settle();
    reject(error);
    outgoing.destroy();
  };
  const onAbort = (): void => fail(aborted());

  signal?.addEventListener("abort", onAbort, { once: true });
  outgoing.on("error", (error) => {
    if (!answered) fail(error);
  });
  // Node breaks the connection without an error where the other side changes to another protocol (status 101).
  outgoing.on("close", () => {
    if (!answered) fail(closed());
  });
  outgoing.on("finish", () => {
    written = true;
  });
  if (connectionTimeoutMs !== undefined)
    outgoing.on("socket", (socket) => {
      if (!socket.connecting) return;
      socket.once(protocol === "https:" ? "secureConnect" : "connect", () => clearTimeout(connecting));
      connecting = setTimeout(() => fail(noConnection(connectionTimeoutMs)), connectionTimeoutMs).unref();
    });
  outgoing.on("response", (incoming) => {
    answered = true;
    clearTimeout(connecting);
    collect(incoming, fail, (whole) => {
      written ||= isWritten(outgoing);
      settle();
      resolve(whole);
      // Whoever answers early reads no further: what is left of the request would wait for ever.
      if (!written) outgoing.destroy();
    });
  });
  outgoing.end(body);
  return {
    answer,
    get handedOver() {
      return written || isWritten(outgoing);
    },
  };
}

/** Node tells of the last byte a moment after it was written. Of a broken connection it cannot be told in this way. */
function isWritten(outgoing: http.ClientRequest): boolean {
  return outgoing.socket?.destroyed === false && outgoing.writableEnded && outgoing.writableLength === 0;
}

function collect(
  incoming: http.IncomingMessage,
  fail: (error: Error) => void,
  done: (answer: HttpAnswer) => void,
): void {
  const parts: Buffer[] = [];
  let bytes = 0;
  incoming.on("data", (part: Buffer) => {
    bytes += part.byteLength;
    if (bytes > maxAnswerBytes) fail(tooLong());
    else parts.push(part);
  });
  const finish = (): void => {
    const { statusCode: status = 0, statusMessage: statusText = "", complete } = incoming;
    done({ status, statusText, headers: plainHeaders(incoming), body: Buffer.concat(parts, bytes), complete });
  };
  incoming.on("end", finish);
  incoming.on("error", finish);
}

function plainHeaders({ headers }: http.IncomingMessage): Record<string, string> {
  const plain: Record<string, string> = {};
  for (const [name, value = ""] of Object.entries(headers))
    plain[name] = Array.isArray(value) ? value.join(", ") : value;
  return plain;
}

function aborted(): Error {
  return Object.assign(new Error("The request was aborted."), { name: "AbortError" });
}

function closed(): Error {
  return Object.assign(new Error("The connection was closed without an answer."), { code: "ECONNRESET" });
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
