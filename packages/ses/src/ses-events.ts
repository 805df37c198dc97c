import {
  type Logger,
  MailEventError,
  type MailEventErrorCode,
  type MailEventSource,
  readEventBody,
  safeLogger,
  silentLogger,
} from "@mail/core";
import { confirmSubscription } from "./events/confirm-subscription.ts";
import { type Fetch, getFromSns } from "./events/get-from-sns.ts";
import { readSesMessage } from "./events/read-ses-message.ts";
import { checkSesEventsOptions, type SesEventsOptions } from "./events/ses-events-options.ts";
import { SnsCertificates } from "./events/sns-certificates.ts";
import { readSnsMessage, type SnsMessage } from "./events/sns-message.ts";
import { UnverifiedError } from "./events/unverified-error.ts";
import { verifySnsMessage } from "./events/verify-sns-message.ts";

/** SNS carries 256 KiB, which grow where JSON in JSON is escaped. */
const maxBodyBytes = 1024 * 1024;
const defaultMaxAgeMs = 24 * 3_600_000;
const defaultTimeoutMs = 5_000;

/**
 * Reads what Amazon SES publishes to an SNS topic that posts to this app.
 * @throws MailError `configuration` that names the option
 */
export function sesEvents(options: SesEventsOptions): MailEventSource {
  return sesEventsThrough((url, init) => fetch(url, init), options);
}

/** The same, with another way to reach SNS. */
export function sesEventsThrough(fetch: Fetch, options: SesEventsOptions): MailEventSource {
  checkSesEventsOptions(options);
  const { confirm = true, maxAgeMs = defaultMaxAgeMs, timeoutMs = defaultTimeoutMs } = options;
  const topicArns = new Set(options.topicArns);
  const log = safeLogger(options.logger ?? silentLogger);
  const fetchCertificate = options.fetchCertificate ?? ((url, signal) => getFromSns(fetch, url, signal));
  const certificates = new SnsCertificates(fetchCertificate, timeoutMs);

  async function subscribe(message: SnsMessage): Promise<void> {
    const { topicArn } = message;
    if (confirm === false) return log.info({ topicArn }, "A subscription waits to be confirmed.");
    await confirmSubscription(message, { fetch, timeoutMs, confirm: confirm === true ? undefined : confirm });
    log.info({ topicArn }, "The subscription is confirmed: events come from now on.");
  }

  return {
    provider: "ses",
    async parse(request) {
      const message = readSnsMessage(request, await readEventBody(request, maxBodyBytes));
      if (!topicArns.has(message.topicArn)) throw unknownTopic();
      await verifySnsMessage(message, certificates);
      if (Date.now() - message.timestamp.getTime() > maxAgeMs) throw stale();
      if (message.type === "Notification") return readSesMessage(message);
      if (message.type === "SubscriptionConfirmation") await subscribe(message);
      else warnOfEnd(message, log);
      return [];
    },
    statusFor,
  };
}

function warnOfEnd({ topicArn }: SnsMessage, log: Logger): void {
  log.warn(
    { topicArn },
    "Somebody ended the subscription: no events come any more. Subscribe anew if that was a mistake.",
  );
}

function unknownTopic(): MailEventError {
  return new MailEventError("The message is of another topic", {
    code: "unknown_topic",
    field: "TopicArn",
    hint: "Add the topic to topicArns if it is yours, or end its subscription.",
  });
}

function stale(): MailEventError {
  return new MailEventError("The message is older than maxAgeMs", {
    code: "stale",
    field: "Timestamp",
    hint: "Check this machine's clock; raise maxAgeMs to replay a dead-letter queue.",
  });
}

/** SNS gives up after any 4xx, and comes again after a 5xx ("Amazon SNS message delivery retries"). */
const statuses: Readonly<Record<MailEventErrorCode, number>> = {
  invalid_signature: 401,
  stale: 401,
  unknown_topic: 401,
  malformed: 400,
  too_large: 413,
};

function statusFor(error: MailEventError): number {
  return error instanceof UnverifiedError ? 503 : statuses[error.code];
}
