import { type ConnectionLimits, HttpConnections, type HttpExchange } from "@mail/core/http";

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

interface SdkResponse {
  readonly statusCode: number;
  readonly headers: Record<string, string>;
  readonly body: Uint8Array;
}

/**
 * Takes the place of the AWS SDK's own handler, which cannot be used safely for mail: its connection timeout also runs
 * while a mail waits for a free connection; its timers keep the process alive after an abort; it reads answers without
 * end; and it does not say whether the whole request was written, on which depends whether a failed mail may be sent again.
 */
export class SesHttpHandler {
  readonly metadata: { readonly handlerProtocol: string } = { handlerProtocol: "http/1.1" };
  readonly #connections: HttpConnections;
  readonly #signals = new WeakMap<object, AbortSignal>();
  readonly #exchanges = new WeakMap<AbortSignal, HttpExchange>();

  constructor(limits: ConnectionLimits) {
    this.#connections = new HttpConnections(limits);
  }

  /** Lets an abort of `signal` end the request at the socket. */
  follow(request: object, signal: AbortSignal): void {
    this.#signals.set(request, signal);
  }

  /** True once the whole request that goes with this signal was given to the operating system: SES may have the mail. */
  hasHandedOver(signal: AbortSignal): boolean {
    return this.#exchanges.get(signal)?.handedOver ?? false;
  }

  async handle(signed: SignedRequest): Promise<{ response: SdkResponse }> {
    const { query, body, ...request } = signed;
    const signal = this.#signals.get(signed);
    const ready = typeof body === "string" || body instanceof Uint8Array ? body : undefined;
    const exchange = this.#connections.send({ ...request, path: withQuery(request.path, query), body: ready }, signal);
    if (signal !== undefined) this.#exchanges.set(signal, exchange);
    const { status, headers, body: answer, complete } = await exchange.answer;
    if (!complete) throw cutOff();
    return { response: { statusCode: status, headers, body: answer } };
  }

  /** Part of the SDK's contract; there is nothing to update. */
  updateHttpClientConfig(): void {}

  httpHandlerConfigs(): Record<string, never> {
    return {};
  }

  destroy(): void {
    this.#connections.close();
  }
}

function withQuery(path: string, query: SignedRequest["query"]): string {
  const entries = Object.entries(query ?? {});
  if (entries.length === 0) return path;
  const pairs = entries.flatMap(([name, value]) => [value ?? []].flat().map((text): [string, string] => [name, text]));
  return `${path}?${new URLSearchParams(pairs)}`;
}

function cutOff(): Error {
  return Object.assign(new Error("The connection broke within the answer."), { code: "ECONNRESET" });
}
