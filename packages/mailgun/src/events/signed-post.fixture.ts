import { createHmac, randomBytes } from "node:crypto";

export const signingKey = "key-0123456789abcdef0123456789abcdef";

export interface SignatureOptions {
  readonly at?: Date;
  readonly key?: string;
  readonly token?: string;
}

export interface Signature {
  readonly timestamp: string;
  readonly token: string;
  readonly signature: string;
}

export function signed({
  at = new Date(),
  key = signingKey,
  token = randomBytes(25).toString("hex"),
}: SignatureOptions = {}): Signature {
  const timestamp = String(Math.floor(at.getTime() / 1000));
  return {
    timestamp,
    token,
    signature: createHmac("sha256", key)
      .update(timestamp + token)
      .digest("hex"),
  };
}

export function post(body: BodyInit, contentType?: string | null): Request {
  return new Request("https://app.example/webhooks/mailgun", {
    method: "POST",
    body,
    ...(typeof contentType === "string" && { headers: { "content-type": contentType } }),
    ...(body instanceof ReadableStream && { duplex: "half" }),
  });
}

export function jsonPost(data: unknown, options?: SignatureOptions): Request {
  return post(JSON.stringify({ signature: signed(options), "event-data": data }), "application/json");
}

export type FieldList = readonly (readonly [name: string, value: string])[];

/** Mailgun's own fields first, then the signature. */
export function legacyForm(fields: FieldList, options?: SignatureOptions): [string, string][] {
  return [...fields, ...Object.entries(signed(options))].map(([name, value]) => [name, value]);
}

export function formPost(fields: FieldList, options?: SignatureOptions): Request {
  return post(new URLSearchParams(legacyForm(fields, options)));
}

/** As Python's and Go's clients write it. */
export function multipart(fields: FieldList, boundary: string, files: readonly string[] = []): string {
  const part = (disposition: string, content: string): string =>
    `--${boundary}\r\nContent-Disposition: form-data; ${disposition}\r\n\r\n${content}\r\n`;
  return [
    ...fields.map(([name, value]) => part(`name="${name}"`, value)),
    ...files.map((content, index) =>
      part(`name="attachment-${index + 1}"; filename="a.txt"\r\nContent-Type: text/plain`, content),
    ),
    `--${boundary}--\r\n`,
  ].join("");
}
