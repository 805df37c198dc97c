import { checkMaxAge, checkOptions, type Logger, misconfigured, type OptionRules, timeLimitRule } from "@mail/core";
import type { ConfirmSubscription } from "./confirm-subscription.ts";
import type { FetchCertificate } from "./sns-certificates.ts";

export interface SesEventsOptions {
  /** The topics to listen to, such as `arn:aws:sns:eu-west-1:123456789012:mail`: anybody can have a topic that SNS signs for. */
  readonly topicArns: readonly string[];
  /** Gets a certificate of SNS in another way, such as through a proxy. The address was checked. Default: `fetch`. */
  readonly fetchCertificate?: FetchCertificate | undefined;
  /**
   * Whether subscriptions to `topicArns` are confirmed, or how, such as by `ConfirmSubscription` of the AWS SDK. Default
   * `true`: with the token alone, without credentials.
   */
  readonly confirm?: boolean | ConfirmSubscription | undefined;
  /**
   * Oldest message in milliseconds; `Infinity` is no limit. Default a day; SNS gives up after an hour, but dead-letter
   * queues may be replayed.
   */
  readonly maxAgeMs?: number | undefined;
  /** Longest time for getting a certificate, and for confirming, in milliseconds. Default 5,000; SNS waits for 15 s. */
  readonly timeoutMs?: number | undefined;
  /** Told when a subscription was confirmed, and warned when somebody ended it: no events come any more. */
  readonly logger?: Logger | undefined;
}

const rules: OptionRules<SesEventsOptions> = {
  topicArns: { type: "array", required: true },
  fetchCertificate: { type: "function" },
  confirm: { type: ["boolean", "function"] },
  maxAgeMs: { type: "any" },
  timeoutMs: timeLimitRule,
  logger: { type: "object" },
};

const topicArn = /^arn:aws[a-z-]*:sns:[a-z0-9-]+:\d+:[A-Za-z0-9_-]{1,256}$/;

/** @throws MailError `configuration` that names the option */
export function checkSesEventsOptions(options: SesEventsOptions): void {
  checkOptions("sesEvents", options, rules);
  if (options.maxAgeMs !== undefined) checkMaxAge(options.maxAgeMs);
  const hint =
    "Write the ARN of the SNS topic to which SES publishes, such as arn:aws:sns:eu-west-1:123456789012:mail.";
  if (options.topicArns.length === 0) throw misconfigured("topicArns", "is empty", hint);
  for (const [index, arn] of options.topicArns.entries()) {
    if (typeof arn !== "string" || !topicArn.test(arn))
      throw misconfigured(`topicArns[${index}]`, "is no ARN of a topic", hint);
  }
}
