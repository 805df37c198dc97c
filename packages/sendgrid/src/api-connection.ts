import { abortError, deadline } from "@mail/core";
import type { ApiRequest, PlainAnswer } from "./api-call.ts";
import { callThroughClient } from "./call-through-client.ts";
import { ownCalls } from "./own-calls.ts";
import { sdkClientOf } from "./sdk-client.ts";
import { networkError } from "./sendgrid-network-error.ts";
import { apiUrl, type SendgridOptions } from "./sendgrid-options.ts";

export interface ApiAnswer extends PlainAnswer {
  /** The whole request had been written when the answer came. */
  readonly handedOver: boolean;
}

/** One way to the API, with its own connections. */
export interface ApiConnection {
  /** @throws MailError for everything below HTTP; every status is an answer. */
  request(request: ApiRequest, signal: AbortSignal): Promise<ApiAnswer>;
  close(): void;
}

/** Connects to the API; opens nothing and loads nothing before the first request. @throws MailError `configuration` */
export function connectToApi(options: SendgridOptions): ApiConnection {
  const { client, timeoutMs = 60_000 } = options;
  const baseUrl = apiUrl(options);
  const caller =
    client === undefined
      ? ownCalls(options, baseUrl)
      : callThroughClient(sdkClientOf(client), { apiKey: options.apiKey, baseUrl });
  return {
    async request(request, callerSignal) {
      using limit = deadline(callerSignal, timeoutMs);
      const call = await caller.call(request, limit.signal);
      try {
        const answer = await call.answer;
        return { ...answer, handedOver: call.handedOver ?? true };
      } catch (thrown) {
        const handedOver = request.method === "POST" ? call.handedOver : false;
        if (!limit.signal.aborted) throw networkError(thrown, handedOver);
        throw abortError(limit.signal, handedOver === false ? "not_sent" : "unknown");
      }
    },
    close: () => caller.close(),
  };
}
