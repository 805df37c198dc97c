import { abortError, settleAfterAbort, transportError } from "./abort.ts";
import type { BatchOutcome, BatchRecipient, BatchRequest } from "./batch.ts";
import { misconfigured } from "./configuration-error.ts";
import type { Features } from "./features.ts";
import { toMailError } from "./mail-error.ts";
import { checkOptions, type OptionRule, type OptionRules, optionsFromQuery } from "./option-rules.ts";
import type { PreparedMessage } from "./prepared-message.ts";
import type { TransportReceipt } from "./receipt.ts";
import { redactError } from "./redact.ts";
import type { SendRate, Transport, TransportContext } from "./transport.ts";

/** A factory of transports that also reads its options from a URL. */
export interface Adapter<Options extends object> {
  (options: Options & { readonly label?: string | undefined }): Transport;
  readonly schemes: readonly string[];
  /** @throws MailError `configuration` that names what is missing or unknown; never shows the URL's secrets */
  fromUrl(url: string | URL): Transport;
}

/** What an adapter itself has to do; checks, redaction, abort before I/O and closing are done around it. */
export interface AdapterSession {
  send(mail: PreparedMessage, context: TransportContext): Promise<TransportReceipt>;
  sendBatch?(batch: BatchRequest, context: TransportContext): Promise<readonly BatchOutcome[]>;
  fitsBatch?(mail: PreparedMessage, recipient: BatchRecipient): boolean;
  check?(mail: PreparedMessage, context: TransportContext): Promise<void>;
  verify?(context: TransportContext): Promise<void>;
  sendRate?(context: TransportContext): Promise<SendRate>;
  close?(): Promise<void>;
}

export interface AdapterDefinition<Options extends object> {
  readonly name: string;
  /** URL schemes without colon. */
  readonly schemes: readonly string[];
  readonly rules: OptionRules<Options>;
  /** Options from the URL's scheme, user, host and path; the query is read by the rules. */
  readonly optionsFromUrl: (url: URL) => { readonly [Key in keyof Options]?: Options[Key] | undefined };
  /** Values that must never be seen in an error. */
  readonly secrets: (options: Options) => readonly (string | undefined)[];
  readonly features: Features | ((options: Options) => Features);
  /** Called once per transport; opens nothing and loads nothing yet. @throws MailError `configuration` */
  readonly create: (options: Options) => AdapterSession;
}

const labelRule: OptionRule = { type: "string" };

/** Makes an adapter: `name(options)` and `name.fromUrl(url)`. */
export function defineAdapter<Options extends object>(definition: AdapterDefinition<Options>): Adapter<Options> {
  const { name, schemes, features } = definition;
  const rules: Readonly<Record<string, OptionRule>> = { ...definition.rules, label: labelRule };
  const adapter = (given: Options & { readonly label?: string | undefined }): Transport => {
    checkOptions(name, given, rules);
    const options = Object.freeze({ ...given });
    const secrets = definition.secrets(options).filter((secret) => secret !== undefined);
    const session = guard(() => definition.create(options), secrets);
    const declared = typeof features === "function" ? features(options) : features;
    return guardedTransport(
      { name, ...(given.label !== undefined && { label: given.label }), features: declared },
      session,
      secrets,
    );
  };
  const fromUrl = (text: string | URL): Transport => {
    const url = parseUrl(text, schemes);
    const read = { ...definition.optionsFromUrl(url), ...optionsFromQuery(url.searchParams, name, rules) };
    return adapter(Object.fromEntries(Object.entries(read).filter(([, value]) => value !== undefined)) as Options);
  };
  return Object.assign(adapter, { schemes, fromUrl });
}

function parseUrl(text: string | URL, schemes: readonly string[]): URL {
  const wanted = `Write it as ${schemes.map((scheme) => `${scheme}://…`).join(" or ")}.`;
  if (text === undefined || text === null || text === "")
    throw misconfigured("url", "is missing", `${wanted} An environment variable may be empty.`);
  if (!URL.canParse(String(text))) {
    throw misconfigured(
      "url",
      "cannot be read as a URL",
      `${wanted} Percent-encode special characters in user and password.`,
    );
  }
  const url = new URL(text);
  if (!schemes.includes(url.protocol.slice(0, -1)))
    throw misconfigured("url", `has the scheme ${url.protocol}//`, wanted);
  const afterHost = [url.pathname, url.hash, ...url.searchParams.keys()];
  if (afterHost.some((part) => part.includes("@")))
    throw misconfigured("url", "has an @ after its host", "Percent-encode / ? # and @ in user and password.");
  return url;
}

/** The user part, password, and host of a URL, decoded; `undefined` where absent. */
export function urlParts(url: URL): {
  readonly user: string | undefined;
  readonly password: string | undefined;
  readonly host: string | undefined;
  readonly port: number | undefined;
} {
  const decode = (text: string): string | undefined => {
    try {
      return text === "" ? undefined : decodeURIComponent(text);
    } catch {
      throw misconfigured("url", "has a % that encodes nothing in user or password", "Write % as %25.");
    }
  };
  return {
    user: decode(url.username),
    password: decode(url.password),
    host: url.hostname === "" ? undefined : url.hostname,
    port: url.port === "" ? undefined : Number(url.port),
  };
}

function guard<T>(work: () => T, secrets: readonly string[]): T {
  try {
    return work();
  } catch (thrown) {
    throw redactError(toMailError(thrown), secrets);
  }
}

type Identity = Pick<Transport, "name" | "label" | "features">;

function guardedTransport(identity: Identity, session: AdapterSession, secrets: readonly string[]): Transport {
  const inFlight = new Set<Promise<unknown>>();
  let closed: Promise<void> | undefined;

  async function run<T>(work: () => Promise<T>, { signal }: TransportContext): Promise<T> {
    if (closed !== undefined)
      throw misconfigured(
        "transport",
        `${identity.label ?? identity.name} is closed`,
        "Make a new transport, or close it later.",
      );
    if (signal.aborted) throw abortError(signal);
    const running = settleAfterAbort(work(), signal);
    inFlight.add(running);
    try {
      return await running;
    } catch (thrown) {
      throw redactError(transportError(thrown, signal), secrets);
    } finally {
      inFlight.delete(running);
    }
  }

  async function drainAndClose(): Promise<void> {
    await Promise.allSettled(inFlight);
    try {
      await session.close?.();
    } catch (thrown) {
      throw redactError(toMailError(thrown), secrets);
    }
  }

  return Object.freeze({
    ...identity,
    send: (mail: PreparedMessage, context: TransportContext) =>
      run(async () => redactReceipt(await session.send(mail, context), secrets), context),
    ...(session.sendBatch !== undefined && {
      sendBatch: (batch: BatchRequest, context: TransportContext) =>
        run(
          async () =>
            ((await session.sendBatch?.(batch, context)) ?? []).map((outcome) => redactOutcome(outcome, secrets)),
          context,
        ),
    }),
    ...(session.fitsBatch !== undefined && {
      fitsBatch: (mail: PreparedMessage, recipient: BatchRecipient) => session.fitsBatch?.(mail, recipient) ?? true,
    }),
    ...(session.check !== undefined && {
      check: (mail: PreparedMessage, context: TransportContext) =>
        run(async () => session.check?.(mail, context), context),
    }),
    ...(session.verify !== undefined && {
      verify: (context: TransportContext) => run(async () => session.verify?.(context), context),
    }),
    ...(session.sendRate !== undefined && {
      sendRate: (context: TransportContext) =>
        run(async () => session.sendRate?.(context) as Promise<SendRate>, context),
    }),
    close: () => {
      closed ??= drainAndClose();
      return closed;
    },
  });
}

function redactOutcome(outcome: BatchOutcome, secrets: readonly string[]): BatchOutcome {
  return outcome.ok
    ? { ...outcome, receipt: redactReceipt(outcome.receipt, secrets) }
    : { ...outcome, error: redactError(outcome.error, secrets) };
}

function redactReceipt(receipt: TransportReceipt, secrets: readonly string[]): TransportReceipt {
  if (receipt.rejected.length === 0) return receipt;
  const rejected = receipt.rejected.map(({ address, error }) => ({ address, error: redactError(error, secrets) }));
  return { ...receipt, rejected };
}
