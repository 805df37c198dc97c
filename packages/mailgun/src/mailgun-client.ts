import { HttpConnections } from "@mail/core/http";
import { MailgunExchange } from "./mailgun-exchange.ts";
import type { MailgunSettings } from "./mailgun-options.ts";
import type { MailgunFile, MailgunRequest } from "./mailgun-request.ts";
import { MultipartBody } from "./multipart-body.ts";

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
  readonly exchange?: MailgunExchange;
}

/** Sends requests and lets them be watched. */
export interface MailgunCaller {
  /** An abort ends the request at the socket. */
  call(request: MailgunRequest, signal: AbortSignal): Promise<MailgunCall>;
  close?(): void;
}

/** Calls through a ready-made client, which has its own key, address and timeout. */
export function callThrough(client: MailgunClient, { domain }: MailgunSettings): MailgunCaller {
  const file = ({ content, filename, contentType }: MailgunFile): File =>
    new File([new Uint8Array(content)], filename, { type: contentType });
  return { call: async (request) => ({ answer: client.messages.create(domain, toSdkData(request, file)) }) };
}

/** The SDK as it is used here; its own types ask for the whole of form-data. */
type MailgunSdk = new (
  form: new () => MultipartBody,
) => { client(options: { username: string; key: string; url: string }): OwnMailgunClient };

interface OwnMailgunClient extends MailgunClient {
  /** What makes the requests; the SDK's types show it, and its property may be set. */
  readonly request: { requestProvider: Pick<MailgunExchange, "makeRequest"> };
}

/**
 * Calls over connections of ours, with a client for each request: the SDK's clients are small, and so each request has
 * its own signal.
 */
export function callMailgun({ apiKey = "", domain, url, maxConnections }: MailgunSettings): MailgunCaller {
  const file = ({ content, filename, contentType }: MailgunFile): object => ({ data: content, filename, contentType });
  const authorization = `Basic ${Buffer.from(`api:${apiKey}`).toString("base64")}`;
  const connections = new HttpConnections({ maxConnections });
  let loading: Promise<{ readonly default: unknown }> | undefined;
  return {
    async call(request, signal) {
      loading ??= import("mailgun.js");
      const Mailgun = (await loading).default as MailgunSdk;
      const exchange = new MailgunExchange(connections, authorization, signal);
      const client = new Mailgun(MultipartBody).client({ username: "api", key: apiKey, url });
      client.request.requestProvider = exchange;
      return { answer: client.messages.create(domain, toSdkData(request, file)), exchange };
    },
    close: () => connections.close(),
  };
}

/**
 * The SDK's argument. It drops what is falsy, so each value stands in an array: an empty subject arrives, too.
 */
function toSdkData({ fields, files }: MailgunRequest, toFile: (file: MailgunFile) => object): Record<string, unknown> {
  const data = new Map<string, unknown[]>();
  const add = (name: string, value: unknown): void => {
    const values = data.get(name);
    if (values === undefined) data.set(name, [value]);
    else values.push(value);
  };
  for (const [name, value] of fields) add(name, value);
  for (const part of files) add(part.name, toFile(part));
  return Object.fromEntries(data);
}
