import { HttpExchange } from "./http-exchange.ts";
import type { MailgunSettings } from "./mailgun-options.ts";
import type { MailgunFile, MailgunRequest } from "./mailgun-request.ts";
import { MultipartBody } from "./multipart-body.ts";
import { OwnConnections } from "./own-connections.ts";

/** What Mailgun answers when it takes a mail, as mailgun.js hands it on. */
export interface MailgunAnswer {
  readonly status?: number | undefined;
  readonly id?: string | undefined;
  readonly message?: string | undefined;
}

/** The part of a mailgun.js client that sends. */
export interface MailgunClient {
  readonly messages: { create(domain: string, data: Readonly<Record<string, unknown>>): Promise<MailgunAnswer> };
}

/** One request under way. */
interface MailgunCall {
  readonly answer: Promise<MailgunAnswer>;
  /** Absent for a ready-made client, whose requests cannot be seen. */
  readonly exchange?: HttpExchange;
}

/** Sends requests and lets them be watched. */
export interface MailgunCaller {
  call(request: MailgunRequest): Promise<MailgunCall>;
  close?(): Promise<void>;
}

/** Calls through a ready-made client, which has its own key, address and timeout. */
export function callThrough(client: MailgunClient, { domain }: MailgunSettings): MailgunCaller {
  const file = ({ content, filename, contentType }: MailgunFile): File =>
    new File([new Uint8Array(content)], filename, { type: contentType });
  return { call: async (request) => ({ answer: client.messages.create(domain, toSdkData(request, file)) }) };
}

/** The SDK as it is used here; its own types ask for the whole of form-data, and do not know `proxy: false`. */
type MailgunSdk = new (
  form: new () => MultipartBody,
) => { client(options: { username: string; key: string; url: string; proxy: false }): MailgunClient };

/** Calls through a client of our own for each request: the SDK is small, and so each request can be watched. */
export function callMailgun({ apiKey = "", domain, url }: MailgunSettings): MailgunCaller {
  const file = ({ content, filename, contentType }: MailgunFile): object => ({ data: content, filename, contentType });
  const connections = new OwnConnections();
  const call = async (request: MailgunRequest): Promise<MailgunCall> => {
    const { default: Mailgun }: { readonly default: unknown } = await import("mailgun.js");
    const exchange = new HttpExchange(connections);
    class WatchedBody extends MultipartBody {
      constructor() {
        super(exchange);
      }
    }
    // without `proxy: false` the SDK's HTTP client would look for a proxy in the environment
    const client = new (Mailgun as MailgunSdk)(WatchedBody).client({ username: "api", key: apiKey, url, proxy: false });
    return { answer: client.messages.create(domain, toSdkData(request, file)), exchange };
  };
  return { call, close: () => connections.closeIdle() };
}

/**
 * The SDK's argument. It drops what is falsy, so each value stands in an array: an empty subject arrives, too.
 */
function toSdkData({ fields, files }: MailgunRequest, toFile: (file: MailgunFile) => object): Record<string, unknown> {
  const entries: (readonly [string, unknown])[] = [
    ...fields,
    ...files.map((file): [string, object] => [file.name, toFile(file)]),
  ];
  const names = new Set(entries.map(([name]) => name));
  return Object.fromEntries(
    [...names].map((name) => [name, entries.filter((entry) => entry[0] === name).map(([, value]) => value)]),
  );
}
