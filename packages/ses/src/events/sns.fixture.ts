import { createPrivateKey, type KeyObject, randomUUID, sign } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { MailEventError } from "@mail/core";
import { generate } from "selfsigned";
import type { Fetch } from "./get-from-sns.ts";

export const topicArn = "arn:aws:sns:eu-west-1:123456789012:mail";
export const certificateUrl = "https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-0123abcd.pem";
export const subscribeUrl = `https://sns.eu-west-1.amazonaws.com/?Action=ConfirmSubscription&TopicArn=${topicArn}&Token=t0ken`;

export type Envelope = Readonly<Record<string, unknown>>;

/** Signs as SNS does, with a certificate of its own. */
export interface Signer {
  readonly key: KeyObject;
  readonly pem: string;
}

interface Wanted {
  readonly keyType?: "rsa" | "ec";
  readonly keySize?: number;
  readonly notBeforeDate?: Date;
  readonly notAfterDate?: Date;
}

export async function signer(wanted: Wanted = {}): Promise<Signer> {
  const pair = await generate([{ name: "commonName", value: "sns.amazonaws.com" }], {
    keyType: "rsa",
    keySize: 2048,
    algorithm: "sha256",
    ...wanted,
  });
  return { key: createPrivateKey(pair.private), pem: pair.cert };
}

/** A notification with a record of SES, or with a text. */
export function notification(record: unknown, more: Envelope = {}): Envelope {
  return {
    Type: "Notification",
    MessageId: randomUUID(),
    TopicArn: topicArn,
    Message: typeof record === "string" ? record : JSON.stringify(record),
    Timestamp: new Date().toISOString(),
    ...more,
  };
}

export function confirmation(more: Envelope = {}): Envelope {
  return {
    Type: "SubscriptionConfirmation",
    MessageId: randomUUID(),
    Token: "t0ken",
    TopicArn: topicArn,
    Message: "You have chosen to subscribe to the topic.\nTo confirm, visit the SubscribeURL.",
    SubscribeURL: subscribeUrl,
    Timestamp: new Date().toISOString(),
    ...more,
  };
}

/** Written from the documentation, and apart from what verifies. */
export function signed(fields: Envelope, { key }: Signer, version: "1" | "2" = "2"): Envelope {
  const names =
    fields["Type"] === "Notification"
      ? ["Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"]
      : ["Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"];
  let text = "";
  for (const name of names) {
    const value = fields[name];
    if (name in fields) text += `${name}\n${typeof value === "string" ? value : JSON.stringify(value)}\n`;
  }
  const signature = sign(version === "1" ? "RSA-SHA1" : "RSA-SHA256", Buffer.from(text), key);
  return {
    SignatureVersion: version,
    Signature: signature.toString("base64"),
    SigningCertURL: certificateUrl,
    ...fields,
  };
}

export function post(
  body: Envelope | string | Uint8Array<ArrayBuffer> | ReadableStream,
  headers: Record<string, string> = {},
): Request {
  const asItIs = typeof body === "string" || body instanceof Uint8Array || body instanceof ReadableStream;
  return new Request("https://app.example/webhooks/ses", {
    method: "POST",
    headers: { "content-type": "text/plain; charset=UTF-8", ...headers },
    body: asItIs ? body : JSON.stringify(body),
    ...(body instanceof ReadableStream && { duplex: "half" }),
  });
}

/** The error with which work is refused. */
export async function refused(work: Promise<unknown>): Promise<MailEventError> {
  const thrown = await work.then(
    (value) => new Error(`was not refused, but gave ${JSON.stringify(value)}`),
    (error: unknown) => error,
  );
  if (!MailEventError.is(thrown)) throw thrown;
  return thrown;
}

/** A server in the place of SNS. */
export interface SnsServer extends AsyncDisposable {
  /** Paths with queries, in the order in which they were asked for. */
  readonly requests: string[];
  readonly fetch: Fetch;
}

export async function snsServer(
  answer: (response: ServerResponse, request: IncomingMessage) => void,
): Promise<SnsServer> {
  const requests: string[] = [];
  const server = createServer((request, response) => {
    requests.push(`${request.method} ${request.url}`);
    answer(response, request);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    requests,
    fetch: (url, init) => fetch(url.replace(/^https:\/\/sns\.[^/]*/, origin), init),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}
