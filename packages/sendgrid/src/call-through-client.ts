import http from "node:http";
import https from "node:https";
import type { ApiCaller, PlainAnswer } from "./api-call.ts";
import { clientForOneRequest, type SdkClient } from "./sdk-client.ts";

/** Idle connections are dropped before the other side drops them, so that a mail is not written into a dead one. */
const maxIdleMs = 4_000;

interface Settings {
  readonly apiKey: string | undefined;
  readonly baseUrl: string | undefined;
}

/** Calls through a ready-made client, whose agents, proxy and interceptors are those of its axios. */
export function callThroughClient(sdkClient: SdkClient, { apiKey, baseUrl }: Settings): ApiCaller {
  const agents = {
    httpAgent: new http.Agent({ keepAlive: true, timeout: maxIdleMs }),
    httpsAgent: new https.Agent({ keepAlive: true, timeout: maxIdleMs }),
  };
  return {
    async call({ method, path, body }, signal) {
      // A client may send in ways of its own, which are not seen here.
      const progress: Progress = {};
      // Before the client hears of it and breaks the connection, after which there is nothing to be seen.
      signal.addEventListener("abort", () => noteWritten(progress), { once: true });
      const client = clientForOneRequest(sdkClient, agents, {
        ...(baseUrl !== undefined && { baseUrl }),
        ...(body !== undefined && { transformRequest: [() => JSON.stringify(body)] }),
        signal,
        transport: watchedTransport(progress),
      });
      const headers = apiKey === undefined ? {} : { Authorization: `Bearer ${apiKey}` };
      const request = { method, url: path, headers, ...(body !== undefined && { body }) };
      return {
        answer: answerOf(client, request, progress),
        get handedOver() {
          return progress.handedOver;
        },
      };
    },
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

async function answerOf(
  client: SdkClient,
  request: Parameters<SdkClient["request"]>[0],
  progress: Progress,
): Promise<PlainAnswer> {
  try {
    const [{ statusCode, headers, body }] = await client.request(request);
    return { status: statusCode, headers: plainHeaders(headers), body };
  } catch (thrown) {
    const answer = answerIn(thrown);
    if (answer !== undefined) return answer;
    throw thrown;
  } finally {
    // Whoever answers early reads no further: what is left of the request would wait for ever.
    if (progress.handedOver === false) progress.request?.destroy();
  }
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

function plainHeaders(headers: object): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), String(value)]));
}

/**
 * The answer inside an error: of axios, where the connection broke after the status, which decides all the same; of a
 * client that is not axios, its `ResponseError`.
 */
function answerIn(thrown: unknown): PlainAnswer | undefined {
  if (typeof thrown !== "object" || thrown === null || !("response" in thrown)) return undefined;
  const { response } = thrown;
  if (typeof response !== "object" || response === null) return undefined;
  const status = "status" in response ? response.status : "code" in thrown ? thrown.code : undefined;
  if (typeof status !== "number") return undefined;
  const headers = "headers" in response && typeof response.headers === "object" ? (response.headers ?? {}) : {};
  return { status, headers: plainHeaders(headers), body: "body" in response ? response.body : undefined };
}
