import {
  checkMaxAge,
  checkOptions,
  type MailEventSource,
  memoryStore,
  misconfigured,
  type OptionRules,
  type Store,
} from "@mail/core";
import { readPost } from "./events/read-post.ts";
import { checkSignature } from "./events/signature.ts";
import { signingKeys } from "./events/signing-keys.ts";
import { TokenClaims } from "./events/token-claims.ts";

export interface MailgunEventsOptions {
  /**
   * The HTTP webhook signing key (Mailgun's control panel, API Security), which is not the API key. Several while keys
   * change. Required; `undefined` is what an unset environment variable gives.
   */
  readonly signingKey: string | readonly string[] | undefined;
  /**
   * How old a signature may be, in milliseconds; `Infinity` is no limit. Default 43,200,000, which is 12 hours: Mailgun
   * tries again for 8.
   */
  readonly maxAgeMs?: number | undefined;
  /**
   * Where tokens are remembered for as long as their signatures are young: shared by all processes with the same store.
   * Default: this process's memory.
   */
  readonly store?: Pick<Store, "claims"> | undefined;
}

const rules: OptionRules<MailgunEventsOptions> = {
  signingKey: { type: "any", required: true },
  maxAgeMs: { type: "any" },
  store: { type: "object" },
};

const defaultMaxAgeMs = 12 * 3_600_000;

/** "For 406 (Not Acceptable) Mailgun will not retry": what is refused once would be refused again. */
const doNotRetry = 406;

/**
 * Reads Mailgun's webhooks, today's JSON and the forms of before 2018. The signature covers a time and a token alone, so
 * each token is good for one body: the same again gives the same event, another one is `stale`. Where `store` is away,
 * `parse` throws its MailError, upon which Mailgun should be made to come again.
 * @throws MailError `configuration` that names the option
 */
export function mailgunEvents(options: MailgunEventsOptions): MailEventSource {
  checkOptions("mailgunEvents", options, rules);
  const { signingKey, maxAgeMs = defaultMaxAgeMs, store = memoryStore() } = options;
  checkMaxAge(maxAgeMs);
  if (typeof store.claims?.claim !== "function")
    throw misconfigured("store", "has no claims", "Pass memoryStore(), or a store from @mail/store.");
  const keys = signingKeys(signingKey);
  const claims = new TokenClaims(store.claims, maxAgeMs);
  return {
    provider: "mailgun",
    async parse(request) {
      const post = await readPost(request);
      const signedAt = checkSignature(post.signature, keys, maxAgeMs);
      const event = post.event(signedAt);
      await claims.take(post.signature.token, post.content);
      return [event];
    },
    statusFor: () => doNotRetry,
  };
}
