import type { $Command, SESv2ClientResolvedConfig, ServiceInputTypes, ServiceOutputTypes } from "@aws-sdk/client-sesv2";
import { abortError, type DeliveryState, deadline, untilAborted } from "@mail/core";
import { sesKey } from "./ses-credentials.ts";
import { hasAnswer, sesError, takenTooEarly } from "./ses-error.ts";
import { SesHttpHandler } from "./ses-http-handler.ts";
import { writeJsonAtOnce } from "./ses-json.ts";
import type { SesOptions } from "./ses-options.ts";
import { Sha256 } from "./sha-256.ts";

type Sdk = typeof import("@aws-sdk/client-sesv2");

type Command<Input extends ServiceInputTypes, Output extends ServiceOutputTypes> = $Command<
  Input,
  Output,
  SESv2ClientResolvedConfig
>;

interface Loaded {
  readonly sdk: Sdk;
  send<Input extends ServiceInputTypes, Output extends ServiceOutputTypes>(
    command: Command<Input, Output>,
    signal: AbortSignal,
  ): Promise<Output>;
  /** Whether SES may have the request that goes with the signal; `undefined` where nobody watches. */
  handedOver(signal: AbortSignal): boolean | undefined;
  close(): void;
}

/** The AWS SDK, loaded at the first call. */
export interface SesClient {
  /** Sends one command of the SDK. @throws MailError */
  call<Input extends ServiceInputTypes, Output extends ServiceOutputTypes>(
    make: (sdk: Sdk) => Command<Input, Output>,
    signal: AbortSignal,
  ): Promise<Output>;
  close(): Promise<void>;
}

export function sesClient(options: SesOptions): SesClient {
  const { timeoutMs = 60_000 } = options;
  let loading: Promise<Loaded> | undefined;
  return {
    async call(make, signal) {
      loading ??= load(options).catch((thrown: unknown) => {
        loading = undefined;
        throw sesError(thrown, false);
      });
      const client = await loading;
      using limit = deadline(signal, options.client === undefined ? timeoutMs : undefined);
      const own = limit.signal;
      if (own.aborted) throw abortError(own);
      const delivery = (): DeliveryState => (client.handedOver(own) === false ? "not_sent" : "unknown");
      try {
        // The SDK itself does not end at the abort while it looks for credentials.
        const output = await untilAborted(client.send(make(client.sdk), own), own, delivery);
        if (client.handedOver(own) === false) throw takenTooEarly();
        return output;
      } catch (thrown) {
        throw own.aborted && !hasAnswer(thrown)
          ? abortError(own, delivery())
          : sesError(thrown, client.handedOver(own));
      }
    },
    async close() {
      (await loading?.catch(() => undefined))?.close();
    },
  };
}

async function load(options: SesOptions): Promise<Loaded> {
  const sdk = await import("@aws-sdk/client-sesv2");
  const { client } = options;
  if (client === undefined) return ownClient(sdk, options);
  return {
    sdk,
    send: (command, abortSignal) => client.send(command, { abortSignal }),
    handedOver: () => undefined,
    close: () => undefined,
  };
}

/** What a middleware gets of a request on its way. */
interface Outgoing {
  readonly input: object;
  readonly request: { readonly headers: Record<string, string> };
}

/**
 * A client that works out once how each kind of command is handled. The SDK does so for commands without options alone,
 * therefore the signal goes another way: a middleware takes it along.
 */
function ownClient(sdk: Sdk, options: SesOptions): Loaded {
  const { region, credentials, endpoint, connectionTimeoutMs = 10_000, maxConnections = 50 } = options;
  const requestHandler = new SesHttpHandler({ connectionTimeoutMs, maxConnections });
  const client = new sdk.SESv2Client({
    maxAttempts: 1,
    cacheMiddleware: true,
    sha256: Sha256,
    requestHandler,
    ...(region !== undefined && { region }),
    ...(credentials !== undefined && {
      credentials: async () => sesKey(typeof credentials === "function" ? await credentials() : credentials),
    }),
    ...(endpoint !== undefined && { endpoint }),
  });
  keepSigners(client.config);
  writeJsonAtOnce(client.config);
  // Nothing is logged; and the name of SDK, system and Node's version is put together anew for each request.
  client.middlewareStack.remove("loggerMiddleware");
  client.middlewareStack.remove("getUserAgentMiddleware");
  const signals = new WeakMap<object, AbortSignal>();
  client.middlewareStack.add(
    (next) => (args) => {
      const { input, request } = args as Outgoing;
      request.headers["user-agent"] = "aws-sdk-js @mail/ses";
      const signal = signals.get(input);
      if (signal !== undefined) requestHandler.follow(request, signal);
      return next(args);
    },
    // The last one before the handler, since signing makes a new request.
    { step: "deserialize", priority: "low", name: "followSignal" },
  );
  return {
    sdk,
    send(command, signal) {
      signals.set(command.input, signal);
      return client.send(command);
    },
    handedOver: (signal) => requestHandler.hasHandedOver(signal),
    close: () => client.destroy(),
  };
}

/** The SDK makes a signer for each request, though one serves all: it asks for the credentials whenever it signs. */
function keepSigners(config: SESv2ClientResolvedConfig): void {
  const { signer } = config;
  const kept = new Map<string | undefined, ReturnType<typeof signer>>();
  config.signer = (scheme) => {
    const known = kept.get(scheme?.name);
    if (known !== undefined) return known;
    const made = signer(scheme);
    kept.set(scheme?.name, made);
    made.catch(() => kept.delete(scheme?.name));
    return made;
  };
}
