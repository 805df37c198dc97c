import { generateKeyPairSync, type KeyObject, sign } from "node:crypto";

const pair = generateKeyPairSync("ec", { namedCurve: "P-256" });

export const privateKey: KeyObject = pair.privateKey;

/** As SendGrid shows it. */
export const publicKey: string = base64(pair.publicKey);

export const signatureHeader = "X-Twilio-Email-Event-Webhook-Signature";
export const timestampHeader = "X-Twilio-Email-Event-Webhook-Timestamp";

export function base64(key: KeyObject): string {
  return key.export({ type: "spki", format: "der" }).toString("base64");
}

export interface PostOptions {
  readonly at?: Date;
  readonly key?: KeyObject;
  /** Header values in place of the right ones; `undefined` leaves one out. */
  readonly headers?: Readonly<Record<string, string | undefined>>;
  /** What is posted in place of what was signed. */
  readonly posted?: BodyInit;
}

/** A post as SendGrid makes it: what is no string becomes JSON with a line break at its end. */
export function signedPost(
  content: unknown,
  { at = new Date(), key, headers = {}, posted }: PostOptions = {},
): Request {
  const body = typeof content === "string" ? content : `${JSON.stringify(content)}\r\n`;
  const timestamp = String(Math.floor(at.getTime() / 1000));
  const all = {
    "content-type": "application/json",
    [timestampHeader]: timestamp,
    [signatureHeader]: sign("sha256", Buffer.from(timestamp + body), key ?? privateKey).toString("base64"),
    ...headers,
  };
  const given = Object.entries(all).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return new Request("https://app.example/webhooks/sendgrid", {
    method: "POST",
    headers: given,
    body: posted ?? body,
    ...(posted instanceof ReadableStream && { duplex: "half" }),
  });
}
