import net, { type AddressInfo, type Socket } from "node:net";
import { createMailer, type MailError, type Mailer, type Message, prepareMessage, silentLogger } from "@mail/core";
import { HttpResponse, http, passthrough } from "msw";
import { setupServer } from "msw/node";
import { afterAll, afterEach, beforeAll, expect } from "vitest";
import type { SendgridRequest } from "./sendgrid-request.ts";
import { sendgrid } from "./sendgrid-transport.ts";

export const apiKey = "SG.test-key-0123456789.abcdefghijklmnop";

export const message: Message = {
  from: "Acme <hello@acme.example>",
  to: "ada@example.com",
  subject: "Hi",
  text: "Hello",
};

interface CapturedRequest {
  readonly url: string;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
  readonly json: SendgridRequest;
}

/** SendGrid's API as msw plays it: what it got, and what it is to answer. */
export interface FakeApi {
  readonly requests: readonly CapturedRequest[];
  /** The only request. */
  request(): CapturedRequest;
  answer(status: number, body?: unknown, headers?: Record<string, string>): void;
}

function accepted(id = "abc123"): Response {
  return new HttpResponse(null, { status: 202, headers: { "X-Message-Id": id } });
}

/** Intercepts all HTTP of a test file; a request to anywhere but SendGrid or loopback fails its test. */
export function interceptSendgrid(): FakeApi {
  const server = setupServer();
  let requests: CapturedRequest[] = [];
  let next: () => Response = accepted;
  let unhandled: string[] = [];
  const loopback = http.all(/^http:\/\/(127\.0\.0\.1|localhost|\[::1\]):/, () => passthrough());
  const api = http.all(/^https:\/\/(api\.(eu\.)?sendgrid\.com|proxy\.example(:\d+)?)\//, async ({ request }) => {
    const text = await request.clone().text();
    const headers = Object.fromEntries(request.headers);
    const json = text === "" ? undefined : JSON.parse(text);
    requests.push({ url: request.url, method: request.method, headers, text, json });
    return next();
  });
  beforeAll(() => {
    server.listen({ onUnhandledFrame: "error" });
    server.events.on("request:unhandled", ({ request }) => unhandled.push(request.url));
    server.use(loopback, api);
  });
  afterEach(() => {
    const seen = unhandled;
    requests = [];
    unhandled = [];
    next = accepted;
    expect(seen).toEqual([]);
  });
  afterAll(() => server.close());
  return {
    get requests() {
      return requests;
    },
    request() {
      expect(requests).toHaveLength(1);
      return requests[0] as CapturedRequest;
    },
    answer(status, body, headers = {}) {
      const text = body === undefined ? null : typeof body === "string" ? body : JSON.stringify(body);
      const type = typeof body === "string" ? "text/html" : "application/json";
      next = () => new HttpResponse(text, { status, headers: { "Content-Type": type, ...headers } });
    },
  };
}

export function mailerFor(options: Partial<Parameters<typeof sendgrid>[0]> = {}): Mailer {
  return createMailer({ transport: sendgrid({ apiKey, ...options }) });
}

/** Sends past the mailer, so that nothing but the adapter does the work. */
export async function sendBare(transport: ReturnType<typeof sendgrid>, given: Message, signal?: AbortSignal) {
  const context = { signal: signal ?? new AbortController().signal, log: silentLogger };
  return await transport.send(prepareMessage(given), context);
}

/** The error of a promise that must fail. */
export async function errorOf(work: Promise<unknown>): Promise<MailError> {
  return await work.then(
    () => expect.fail("it did not fail"),
    (error: MailError) => error,
  );
}

export interface LoopbackServer {
  readonly url: string;
  readonly connections: () => number;
  close(): Promise<void>;
}

/** A server that does with each connection what a test says; end it with `close`. */
export async function listen(onConnection: (socket: Socket) => void): Promise<LoopbackServer> {
  const sockets = new Set<Socket>();
  let connections = 0;
  const server = net.createServer((socket) => {
    connections += 1;
    sockets.add(socket);
    socket.on("error", () => undefined);
    onConnection(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    connections: () => connections,
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
