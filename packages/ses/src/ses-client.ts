import type { SESv2Client } from "@aws-sdk/client-sesv2";
import { abortError, type DeliveryState, deadline, untilAborted } from "@mail/core";
import { sesKey } from "./ses-credentials.ts";
import { hasAnswer, sesError, takenTooEarly } from "./ses-error.ts";
import { SesHttpHandler } from "./ses-http-handler.ts";
import type { SesOptions } from "./ses-options.ts";

type Sdk = typeof import("@aws-sdk/client-sesv2");

interface Loaded {
  readonly sdk: Sdk;
  readonly client: Pick<SESv2Client, "send">;
  /** Whether SES may have the request that goes with the signal; `undefined` where nobody watches. */
  readonly handedOver: (signal: AbortSignal) => boolean | undefined;
  readonly close: () => void;
}

/** One request by the SDK; the signal must go along with it. */
type Call<Output> = (client: Pick<SESv2Client, "send">, sdk: Sdk, abortSignal: AbortSignal) => Promise<Output>;

/** The AWS SDK, loaded at the first call. */
export interface SesClient {
  /** @throws MailError */
  call<Output>(work: Call<Output>, signal: AbortSignal): Promise<Output>;
  close(): Promise<void>;
}

export function sesClient(options: SesOptions): SesClient {
  const { timeoutMs = 60_000 } = options;
  let loading: Promise<Loaded> | undefined;
  return {
    async call(work, signal) {
      loading ??= load(options).catch((thrown: unknown) => {
        loading = undefined;
        throw sesError(thrown, false);
      });
      const { sdk, client, handedOver } = await loading;
      using limit = deadline(signal, options.client === undefined ? timeoutMs : undefined);
      const own = limit.signal;
      if (own.aborted) throw abortError(own);
      const delivery = (): DeliveryState => (handedOver(own) === false ? "not_sent" : "unknown");
      try {
        // The SDK itself does not end at the abort while it looks for credentials.
        const output = await untilAborted(work(client, sdk, own), own, delivery);
        if (handedOver(own) === false) throw takenTooEarly();
        return output;
      } catch (thrown) {
        throw own.aborted && !hasAnswer(thrown) ? abortError(own, delivery()) : sesError(thrown, handedOver(own));
      }
    },
    async close() {
      (await loading?.catch(() => undefined))?.close();
    },
  };
}

async function load(options: SesOptions): Promise<Loaded> {
  const sdk = await import("@aws-sdk/client-sesv2");
  if (options.client !== undefined)
    return { sdk, client: options.client, handedOver: () => undefined, close: () => undefined };
  const { region, credentials, endpoint, connectionTimeoutMs = 10_000, maxConnections = 50 } = options;
  const requestHandler = new SesHttpHandler({ connectionTimeoutMs, maxConnections });
  const client = new sdk.SESv2Client({
    maxAttempts: 1,
    requestHandler,
    ...(region !== undefined && { region }),
    ...(credentials !== undefined && {
      credentials: async () => sesKey(typeof credentials === "function" ? await credentials() : credentials),
    }),
    ...(endpoint !== undefined && { endpoint }),
  });
  return { sdk, client, handedOver: (signal) => requestHandler.hasHandedOver(signal), close: () => client.destroy() };
}
