import { isEventRecord, isJsonPost, MailEventError, parseEventJson } from "@mail/core";
import { dateAt, type JsonObject } from "./json.ts";

/** The signed fields of each type, in their order (SNS developer guide, "Verifying the signatures of Amazon SNS messages"). */
const signedFields = {
  Notification: ["Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"],
  SubscriptionConfirmation: ["Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"],
  UnsubscribeConfirmation: ["Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"],
} as const;

type SignedField = (typeof signedFields)[keyof typeof signedFields][number];

/** A message of SNS as it was posted; nothing of it is to be trusted before its signature is verified. */
export interface SnsMessage {
  readonly type: keyof typeof signedFields;
  readonly fields: Readonly<Partial<Record<SignedField, string>>>;
  readonly messageId: string;
  readonly topicArn: string;
  readonly timestamp: Date;
  /** What the signature is over. */
  readonly signed: string;
  readonly signature: string;
  /** `1` or `2`, if it is one that SNS has. */
  readonly signatureVersion: string;
  readonly certificateUrl: string;
}

/** @throws MailEventError `malformed`; `invalid_signature` where there is none */
export function readSnsMessage(request: Request, body: Uint8Array): SnsMessage {
  if (!isJsonPost(request)) throw malformed("content-type", "is neither text nor JSON", "SNS posts text/plain.");
  if (request.headers.get("x-amz-sns-rawdelivery") === "true") throw rawDelivery();
  const posted = parseEventJson(body);
  if (!isEventRecord(posted)) throw malformed("body", "is no object");
  const type = posted["Type"];
  if (type === undefined && ("eventType" in posted || "notificationType" in posted)) throw rawDelivery();
  if (typeof type !== "string" || !isType(type)) throw malformed("Type", "is none that SNS has");
  const fields = readFields(posted, type);
  const timestamp = dateAt(posted, "Timestamp");
  if (timestamp === undefined) throw malformed("Timestamp", "is no time");
  return {
    type,
    fields,
    messageId: fields.MessageId ?? "",
    topicArn: fields.TopicArn ?? "",
    timestamp,
    signed: signedFields[type]
      .flatMap((name) => (fields[name] === undefined ? [] : `${name}\n${fields[name]}\n`))
      .join(""),
    signature: signatureField(posted, "Signature"),
    signatureVersion: signatureField(posted, "SignatureVersion"),
    certificateUrl: signatureField(posted, "SigningCertURL"),
  };
}

function isType(type: string): type is keyof typeof signedFields {
  return Object.hasOwn(signedFields, type);
}

/**
 * The text that is signed has a line for each name and each value. For there to be one way only to read it, no value but
 * the first has lines; and half a character would be signed as if it were U+FFFD.
 */
function readFields(posted: JsonObject, type: keyof typeof signedFields): SnsMessage["fields"] {
  const fields: Partial<Record<SignedField, string>> = {};
  for (const name of signedFields[type]) {
    const value = Object.hasOwn(posted, name) ? posted[name] : undefined;
    if (name === "Subject" && (value === undefined || value === null)) continue;
    if (typeof value !== "string" || value === "") throw malformed(name, "is missing or no text");
    if (!value.isWellFormed() || (name !== "Message" && hasControls(value))) throw malformed(name, "is garbled");
    fields[name] = value;
  }
  return fields;
}

function hasControls(text: string): boolean {
  return /\p{Cc}/u.test(text);
}

function signatureField(posted: JsonObject, name: string): string {
  const value = Object.hasOwn(posted, name) ? posted[name] : undefined;
  if (typeof value === "string" && value !== "") return value;
  throw new MailEventError(`${name} is missing`, { code: "invalid_signature", field: name });
}

function rawDelivery(): MailEventError {
  return malformed(
    "body",
    "has no envelope of SNS, and so no signature",
    "Turn raw message delivery off for this subscription of the topic.",
  );
}

function malformed(field: string, problem: string, hint?: string): MailEventError {
  return new MailEventError(`${field} ${problem}`, { code: "malformed", field, hint });
}
