import { STATUS_CODES } from "node:http";

export type Api = "sendgrid" | "mailgun" | "ses";

type Headers = Readonly<Record<string, string>>;

/** An HTTP answer as it goes over the wire. */
export function httpAnswer(status: number, body: string, headers: Headers = {}): string {
  const all: Headers = {
    "Content-Type": "application/json",
    "Content-Length": String(Buffer.byteLength(body)),
    ...headers,
  };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  return `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${lines.join("")}\r\n${body}`;
}

/** How each API says that it took a mail. */
export const acceptance: Readonly<
  Record<Api, { readonly status: number; readonly body: string; readonly headers?: Headers }>
> = {
  sendgrid: { status: 202, body: "", headers: { "X-Message-Id": "14c5d75ce93.dfd.64b469" } },
  mailgun: { status: 200, body: '{"id":"<20261125.1@mg.acme.example>","message":"Queued. Thank you."}' },
  ses: { status: 200, body: '{"MessageId":"0100018e-1f0a-4b7e-8a3d-000000"}' },
};

export function accepted(api: Api): string {
  const { status, body, headers } = acceptance[api];
  return httpAnswer(status, body, headers);
}

/** How each API words a refusal. SES names its errors (API reference of SES v2, "Common Errors"). */
export function refusal(api: Api, status: number, headers: Headers = {}): string {
  if (api === "sendgrid") {
    return httpAnswer(status, JSON.stringify({ errors: [{ message: "No.", field: null, help: null }] }), headers);
  }
  if (api === "mailgun") return httpAnswer(status, JSON.stringify({ message: "No." }), headers);
  const name = sesNames[status];
  return httpAnswer(status, JSON.stringify({ message: "No." }), {
    ...(name && { "x-amzn-ErrorType": name }),
    ...headers,
  });
}

const sesNames: Readonly<Record<number, string>> = {
  400: "BadRequestException",
  401: "UnrecognizedClientException",
  403: "AccessDeniedException",
  404: "NotFoundException",
  429: "TooManyRequestsException",
  500: "InternalFailure",
  503: "ServiceUnavailable",
};

/** A key that was good once. */
export function expiredKey(api: Api): string {
  if (api === "sendgrid") {
    const message = "The provided authorization grant is invalid, expired, or revoked";
    return httpAnswer(401, JSON.stringify({ errors: [{ message, field: null, help: null }] }));
  }
  if (api === "mailgun") return httpAnswer(401, '{"message":"Invalid private key"}');
  const message = "The security token included in the request is expired";
  return httpAnswer(403, JSON.stringify({ message }), { "x-amzn-ErrorType": "ExpiredTokenException" });
}
