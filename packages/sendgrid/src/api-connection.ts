import http from "node:http";
import https from "node:https";
import { abortError, deadline } from "@mail/core";
import { clientForOneRequest, loadSdkClient, type SdkClient, sdkClientOf } from "./sdk-client.ts";
import { networkError } from "./sendgrid-network-error.ts";
import { apiUrl, type SendgridOptions } from "./sendgrid-options.ts";

interface ApiRequest {
  readonly method: "GET" | "POST";
  readonly path: string;
  readonly body?: object;
}

export interface ApiAnswer {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
  /** The whole request had been written when the answer came. */
  readonly handedOver: boolean;
}

/** One way to the API, with its own connections. */
export interface ApiConnection {
  /** @throws MailError for everything below HTTP; every status is an answer. */
  request(request: ApiRequest, signal: AbortSignal): Promise<ApiAnswer>;
  close(): void;
}

const defaultTimeoutMs = 60_000;
/** Idle connections are dropped before the other side drops them, so that a mail is not written into a dead one. */
const maxIdleMs = 4_000;

/** Connects to the API; opens nothing and loads nothing before the first request. @throws MailError `configuration` */
export function connectToApi(options: SendgridOptions): ApiConnection {
  const { apiKey, timeoutMs = defaultTimeoutMs } = options;
  const baseUrl = apiUrl(options);
  const given = options.client === undefined ? undefined : sdkClientOf(options.client);
  const agents = {
    httpAgent: new http.Agent({ keepAlive: true, timeout: maxIdleMs }),
    httpsAgent: new https.Agent({ keepAlive: true, timeout: maxIdleMs }),
  };
  let loaded: Promise<SdkClient> | undefined;

  async function request({ method, path, body }: ApiRequest, callerSignal: AbortSignal): Promise<ApiAnswer> {
    loaded ??= given === undefined ? loadSdkClient() : Promise.resolve(given);
    const sdkClient = await loaded;
    using limit = deadline(callerSignal, timeoutMs);
    // A ready-made client may send in ways of its own, which are not seen here.
    const progress: Progress = given === undefined ? { handedOver: false } : {};
    // Before the client hears of it and breaks the connection, after which there is nothing to be seen.
    limit.signal.addEventListener("abort", () => noteWritten(progress), { once: true });
    const client = clientForOneRequest(sdkClient, agents, {
      ...(baseUrl !== undefined && { baseUrl }),
      ...(body !== undefined && { transformRequest: [() => JSON.stringify(body)] }),
      signal: limit.signal,
      transport: watchedTransport(progress),
    });
    try {
      const headers = apiKey === undefined ? {} : { Authorization: `Bearer ${apiKey}` };
      const [answer] = await client.request({ method, url: path, headers, ...(body !== undefined && { body }) });
      return toAnswer(answer.statusCode, answer.headers, answer.body, progress);
    } catch (thrown) {
      const answer = answerIn(thrown, progress);
      if (answer !== undefined) return answer;
      const handedOver = method === "POST" ? progress.handedOver : false;
      if (!limit.signal.aborted) throw networkError(thrown, handedOver);
      throw abortError(limit.signal, handedOver === false ? "not_sent" : "unknown");
    } finally {
      // Whoever answers early reads no further: what is left of the request would wait for ever.
      if (progress.handedOver === false) progress.request?.destroy();
    }
  }

  return {
    request,
    close() {
      agents.httpAgent.destroy();
      agents.httpsAgent.destroy();
    },
  };
}

interface Progress {
  /** True once the last byte of the request was given to the operating system; absent while nothing is seen of it. */
  handedOver?: boolean;
  request?: http.ClientRequest;
}

/** Node's own request functions, watched. They follow no redirect, with which the key would go elsewhere. */
function watchedTransport(progress: Progress): object {
  return {
    request(options: https.RequestOptions, onResponse: (response: http.IncomingMessage) => void): http.ClientRequest {
      progress.handedOver = false;
      progress.request = (options.protocol === "http:" ? http : https).request(options, onResponse);
      return progress.request.once("finish", () => {
        progress.handedOver = true;
      });
    },
  };
}

/** Node tells of the last byte a moment after it was written. */
function noteWritten(progress: Progress): void {
  const { request } = progress;
  if (request?.socket?.destroyed === false && request.writableEnded && request.writableLength === 0)
    progress.handedOver = true;
}

function toAnswer(status: number, headers: object, body: unknown, { handedOver = true }: Progress): ApiAnswer {
  const plain = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), String(value)]);
  return { status, headers: Object.fromEntries(plain), body, handedOver };
}

/**
 * The answer inside an error: of axios, where the connection broke after the status, which decides all the same; of a
 * ready-made client, its `ResponseError`.
 */
function answerIn(thrown: unknown, progress: Progress): ApiAnswer | undefined {
  if (typeof thrown !== "object" || thrown === null || !("response" in thrown)) return undefined;
  const { response } = thrown;
  if (typeof response !== "object" || response === null) return undefined;
  const status = "status" in response ? response.status : "code" in thrown ? thrown.code : undefined;
  if (typeof status !== "number") return undefined;
  const headers = "headers" in response && typeof response.headers === "object" ? (response.headers ?? {}) : {};
  const body = "body" in response ? response.body : undefined;
  return toAnswer(status, headers, body, progress);
}
