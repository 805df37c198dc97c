import { HttpConnections } from "@mail/core/http";
import type { ApiCaller } from "./api-call.ts";
import { loadSdkClient, type OwnSdkClient } from "./sdk-client.ts";
import type { SendgridOptions } from "./sendgrid-options.ts";

/**
 * Calls with a client of our own: the SDK writes the request, and it goes over connections of ours, because axios costs
 * more than all the rest.
 */
export function ownCalls(
  { apiKey = "", maxConnections = 50 }: SendgridOptions,
  baseUrl: string | undefined,
): ApiCaller {
  const connections = new HttpConnections({ maxConnections });
  let loading: Promise<OwnSdkClient> | undefined;
  return {
    async call({ method, path, body }, signal) {
      loading ??= loadSdkClient();
      const sdkClient = await loading;
      const given = { Authorization: `Bearer ${apiKey}`, "Accept-Encoding": "identity" };
      const { baseURL, url, headers } = sdkClient.createRequest({ method, url: path, headers: given, baseUrl });
      const { protocol, hostname, port, pathname } = new URL(`${baseURL.replace(/\/$/, "")}${url}`);
      const json = body === undefined ? undefined : JSON.stringify(body);
      const exchange = connections.send(
        { protocol, hostname, port, path: pathname, method, headers, body: json },
        signal,
      );
      return {
        answer: exchange.answer.then((answer) => ({
          ...answer,
          body: answer.complete ? contentOf(answer.body) : undefined,
        })),
        get handedOver() {
          return exchange.handedOver;
        },
      };
    },
    close: () => connections.close(),
  };
}

/** JSON as what it says, anything else as text. */
function contentOf(body: Buffer): unknown {
  const text = body.toString();
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
