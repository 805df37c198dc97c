import { createHmac, createPublicKey, timingSafeEqual, verify, X509Certificate } from "node:crypto";

/** Checks signatures as an app does; shares no code with what signs. */
export function sendgridIsSigned(post: {
  readonly publicKey: string;
  readonly timestamp: string;
  readonly signature: string;
  readonly rawBody: string | Uint8Array;
}): boolean {
  const key = createPublicKey({ key: Buffer.from(post.publicKey, "base64"), format: "der", type: "spki" });
  const signed = Buffer.concat([Buffer.from(post.timestamp), Buffer.from(post.rawBody)]);
  return verify("sha256", signed, { key, dsaEncoding: "der" }, Buffer.from(post.signature, "base64"));
}

export function mailgunIsSigned(post: {
  readonly signingKey: string;
  readonly timestamp: string;
  readonly token: string;
  readonly signature: string;
}): boolean {
  const expected = createHmac("sha256", post.signingKey).update(`${post.timestamp}${post.token}`).digest();
  const given = Buffer.from(post.signature, "hex");
  return given.length === expected.length && timingSafeEqual(given, expected);
}

export function snsIsSigned(message: Readonly<Record<string, string>>, certificate: string): boolean {
  const { Type, Message, MessageId, Subject, Timestamp, TopicArn, SubscribeURL, Token } = message;
  const text =
    Type === "Notification"
      ? `Message\n${Message}\nMessageId\n${MessageId}\n${Subject === undefined ? "" : `Subject\n${Subject}\n`}Timestamp\n${Timestamp}\nTopicArn\n${TopicArn}\nType\n${Type}\n`
      : `Message\n${Message}\nMessageId\n${MessageId}\nSubscribeURL\n${SubscribeURL}\nTimestamp\n${Timestamp}\nToken\n${Token}\nTopicArn\n${TopicArn}\nType\n${Type}\n`;
  const algorithm = { "1": "RSA-SHA1", "2": "RSA-SHA256" }[message["SignatureVersion"] ?? ""] ?? "none";
  const key = new X509Certificate(certificate).publicKey;
  return verify(algorithm, Buffer.from(text), key, Buffer.from(message["Signature"] ?? "", "base64"));
}
