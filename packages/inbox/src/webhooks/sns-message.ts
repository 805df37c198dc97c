import { type KeyObject, randomBytes, randomUUID, sign } from "node:crypto";

/** What is the same for all messages of a topic. */
export interface SnsTopic {
  readonly arn: string;
  readonly key: KeyObject;
  /** 1 is RSA with SHA-1, 2 with SHA-256. */
  readonly signatureVersion: "1" | "2";
  /** Where subscribers get the certificate. */
  readonly signingCertUrl: string;
  /** Address of the SNS imitation, which takes `Action=`. */
  readonly endpoint: string;
}

export interface SnsMessage {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

type SnsFields = Readonly<Record<string, string>>;

/** Signed fields in their order (SNS developer guide, "Verifying the signatures of Amazon SNS messages"). */
const signedFields = {
  Notification: ["Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"],
  SubscriptionConfirmation: ["Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"],
  UnsubscribeConfirmation: ["Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"],
} as const;

export function snsNotification(
  topic: SnsTopic,
  { message, subject, at, subscriptionArn }: NotificationParts,
): SnsMessage {
  const fields = {
    ...commonFields(topic, "Notification", message, at),
    ...(subject !== undefined && { Subject: subject }),
  };
  const query = new URLSearchParams({ Action: "Unsubscribe", SubscriptionArn: subscriptionArn });
  const unsubscribe = { UnsubscribeURL: `${topic.endpoint}?${query}` };
  return signed(topic, "Notification", fields, { subscriptionArn, unsigned: unsubscribe });
}

interface NotificationParts {
  readonly message: string;
  readonly subject?: string;
  readonly at: Date;
  readonly subscriptionArn: string;
}

/** Asks an endpoint to confirm that it wants to subscribe, or to take its unsubscribing back. */
export function snsConfirmation(
  topic: SnsTopic,
  { type, token, at }: { readonly type: ConfirmationType; readonly token: string; readonly at: Date },
): SnsMessage {
  const query = new URLSearchParams({ Action: "ConfirmSubscription", TopicArn: topic.arn, Token: token });
  const text =
    type === "SubscriptionConfirmation"
      ? `You have chosen to subscribe to the topic ${topic.arn}.\nTo confirm the subscription, visit the SubscribeURL included in this message.`
      : `You have chosen to deactivate subscription to the topic ${topic.arn}.\nTo cancel this operation and restore the subscription, visit the SubscribeURL included in this message.`;
  const fields = {
    ...commonFields(topic, type, text, at),
    Token: token,
    SubscribeURL: `${topic.endpoint}?${query}`,
  };
  return signed(topic, type, fields, {});
}

export type ConfirmationType = "SubscriptionConfirmation" | "UnsubscribeConfirmation";

export function snsToken(): string {
  return randomBytes(120).toString("hex");
}

function commonFields(topic: SnsTopic, type: string, message: string, at: Date): SnsFields {
  return { Type: type, MessageId: randomUUID(), TopicArn: topic.arn, Message: message, Timestamp: at.toISOString() };
}

function signed(
  topic: SnsTopic,
  type: keyof typeof signedFields,
  fields: SnsFields,
  { subscriptionArn, unsigned = {} }: { readonly subscriptionArn?: string; readonly unsigned?: SnsFields },
): SnsMessage {
  const text = signedFields[type].flatMap((name) => (name in fields ? [`${name}\n${fields[name]}\n`] : [])).join("");
  const algorithm = topic.signatureVersion === "1" ? "sha1" : "sha256";
  const message = {
    ...fields,
    SignatureVersion: topic.signatureVersion,
    Signature: sign(algorithm, Buffer.from(text), topic.key).toString("base64"),
    SigningCertURL: topic.signingCertUrl,
    ...unsigned,
  };
  return {
    headers: {
      "Content-Type": "text/plain; charset=UTF-8",
      "User-Agent": "Amazon Simple Notification Service Agent",
      "x-amz-sns-message-type": type,
      "x-amz-sns-message-id": fields["MessageId"] ?? "",
      "x-amz-sns-topic-arn": topic.arn,
      ...(subscriptionArn !== undefined && { "x-amz-sns-subscription-arn": subscriptionArn }),
    },
    body: JSON.stringify(message, undefined, 2),
  };
}
