import { MailError, MailEventError } from "@mail/core";
import { type Fetch, getFromSns } from "./get-from-sns.ts";
import { confirmationOrigin } from "./sns-address.ts";
import type { SnsMessage } from "./sns-message.ts";
import { withinTime } from "./within-time.ts";

/** What ConfirmSubscription of SNS takes. The token is a secret. */
export interface SnsSubscription {
  readonly topicArn: string;
  readonly token: string;
}

/** Confirms a subscription; what it throws makes SNS ask again. */
export type ConfirmSubscription = (subscription: SnsSubscription, signal: AbortSignal) => void | Promise<void>;

/**
 * Confirms the subscription that a verified message asks for.
 * @param confirm the app's own way; without it ConfirmSubscription is called without credentials, as by `SubscribeURL`
 * @throws MailEventError `malformed` where `SubscribeURL` is no address of SNS; MailError `unavailable` where it failed
 */
export async function confirmSubscription(
  { topicArn, fields }: SnsMessage,
  { confirm, fetch, timeoutMs }: { confirm?: ConfirmSubscription | undefined; fetch: Fetch; timeoutMs: number },
): Promise<void> {
  const subscription = { topicArn, token: fields.Token ?? "" };
  const work = confirm ?? callSns(fetch, fields.SubscribeURL ?? "");
  try {
    await withinTime(timeoutMs, (signal) => work(subscription, signal));
  } catch (cause) {
    throw new MailError(`The subscription to ${topicArn} could not be confirmed`, {
      code: "unavailable",
      hint: "SNS asks again within the hour; after that, request the confirmation anew in its console.",
      cause,
    });
  }
}

/** The call is put together here: of `SubscribeURL` only the host is used. */
function callSns(fetch: Fetch, subscribeUrl: string): ConfirmSubscription {
  const origin = confirmationOrigin(subscribeUrl);
  if (origin === undefined)
    throw new MailEventError("SubscribeURL is no address of SNS", { code: "malformed", field: "SubscribeURL" });
  return async ({ topicArn, token }, signal) => {
    const query = new URLSearchParams({ Action: "ConfirmSubscription", TopicArn: topicArn, Token: token });
    await getFromSns(fetch, `${origin}/?${query}`, signal);
  };
}
