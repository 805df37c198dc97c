import type { SESv2Client } from "@aws-sdk/client-sesv2";
import { abortError } from "@mail/core";
import { hasAnswer, sesError } from "./ses-error.ts";
import { SesHttpHandler } from "./ses-http-handler.ts";
import type { SesCredentials, SesOptions } from "./ses-options.ts";

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
  let loading: Promise<Loaded> | undefined;
  return {
    async call(work, signal) {
      loading ??= load(options).catch((thrown: unknown) => {
        loading = undefined;
        throw sesError(thrown, false);
      });
      const { sdk, client, handedOver } = await loading;
      if (signal.aborted) throw abortError(signal);
      const own = AbortSignal.any([signal]);
      try {
        return await untilAborted(work(client, sdk, own), own);
      } catch (thrown) {
        if (!signal.aborted || hasAnswer(thrown)) throw sesError(thrown, handedOver(own));
        throw abortError(signal, handedOver(own) === false ? "not_sent" : "unknown");
      }
    },
    async close() {
      (await loading)?.close();
    },
  };
}

async function load(options: SesOptions): Promise<Loaded> {
  const sdk = await import("@aws-sdk/client-sesv2");
  if (options.client !== undefined)
    return { sdk, client: options.client, handedOver: () => undefined, close: () => undefined };
  const {
    region,
    credentials,
    endpoint,
    timeoutMs = 60_000,
    connectionTimeoutMs = 10_000,
    maxConnections = 50,
  } = options;
  const requestHandler = new SesHttpHandler({ timeoutMs, connectionTimeoutMs, maxConnections });
  const client = new sdk.SESv2Client({
    maxAttempts: 1,
    requestHandler,
    ...(region !== undefined && { region }),
    ...(credentials !== undefined && { credentials: () => resolve(credentials) }),
    ...(endpoint !== undefined && { endpoint }),
  });
  return { sdk, client, handedOver: (signal) => requestHandler.hasConnected(signal), close: () => client.destroy() };
}

/** The SDK takes no `undefined` for a token; what else a function gives, such as `expiration`, is kept. */
async function resolve(credentials: NonNullable<SesOptions["credentials"]>): Promise<SesKey> {
  const { sessionToken, ...key } = typeof credentials === "function" ? await credentials() : credentials;
  return { ...key, ...(sessionToken !== undefined && { sessionToken }) };
}

type SesKey = Pick<SesCredentials, "accessKeyId" | "secretAccessKey"> & { readonly sessionToken?: string };

/** Ends at the abort, because the SDK does not while it looks for credentials. */
async function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const onAbort = (): void => reject(signal.reason);
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    return await Promise.race([work, promise]);
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}
