import { misconfigured } from "@mail/core";

/** A `MailService` of @sendgrid/mail, or a `Client` of @sendgrid/client. */
export type SendgridClient =
  | { send(data: never): Promise<unknown>; setApiKey(apiKey: string): unknown }
  | { request(data: never): Promise<unknown>; setApiKey(apiKey: string): unknown };

/** SendGrid's answers are short; whatever is longer is none. */
const maxAnswerBytes = 1_000_000;

interface SdkRequest {
  readonly method: "GET" | "POST";
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: object;
}

/** What is used of @sendgrid/client's `Client`, which hands `defaultRequest` to axios. */
export interface SdkClient {
  readonly auth?: string;
  readonly defaultRequest?: object;
  request(
    data: SdkRequest,
  ): Promise<
    readonly [{ readonly statusCode: number; readonly headers: object; readonly body: unknown }, ...unknown[]]
  >;
}

/** The client inside a `MailService`, which its typings leave out, or the client itself. */
export function sdkClientOf(given: object): SdkClient {
  const candidate = "client" in given ? given.client : given;
  if (typeof candidate === "object" && candidate !== null && "request" in candidate) return candidate as SdkClient;
  throw misconfigured("client", "cannot make requests", "Pass a MailService of @sendgrid/mail or a Client.");
}

/** The key that a ready-made client holds, so that it can be kept out of errors. */
export function keyOf(client: object): string | undefined {
  const { auth } = sdkClientOf(client);
  return auth?.replace(/^\w+ /, "");
}

/** The same, as it is in the SDK itself. */
export interface OwnSdkClient extends SdkClient {
  /** Writes a request without sending it. */
  createRequest(data: SdkRequest & { readonly baseUrl: string | undefined }): {
    readonly baseURL: string;
    readonly url: string;
    readonly headers: Readonly<Record<string, string>>;
  };
}

/** The typings of @sendgrid/mail do not show its class under ESM. */
export async function loadSdkClient(): Promise<OwnSdkClient> {
  const { default: sendgridMail } = await import("@sendgrid/mail");
  const { MailService } = sendgridMail as typeof sendgridMail & { readonly MailService: new () => object };
  return sdkClientOf(new MailService()) as OwnSdkClient;
}

/**
 * The SDK keeps one set of axios options for all requests, so each request gets a client of its own that inherits the
 * rest. Its faults are closed here:
 * - `MailService.send` repeats the mail's headers in the HTTP request and changes its input: the client is called below it.
 * - Statuses of 400 and more become a `ResponseError`, which hangs for ever where the working directory's name is no
 *   regular expression: every status is taken as an answer.
 * - axios reads proxies from the environment, and drops keys called `constructor` from the body.
 */
export function clientForOneRequest(client: SdkClient, defaults: object, own: object): SdkClient {
  const defaultRequest = {
    proxy: false,
    ...defaults,
    ...client.defaultRequest,
    ...own,
    validateStatus: () => true,
    maxContentLength: maxAnswerBytes,
  };
  return Object.create(client, { defaultRequest: { value: defaultRequest } }) as SdkClient;
}
