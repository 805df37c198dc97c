import diagnostics from "node:diagnostics_channel";
import dns from "node:dns";
import { getEventListeners, once } from "node:events";
import http from "node:http";
import { createServer, type Server, type Socket } from "node:net";
import { gzipSync } from "node:zlib";
import { abortError } from "@mail/core";
import { afterEach, beforeEach, expect, onTestFinished, test, vi } from "vitest";
import { FakeMailgun } from "./fake-mailgun.fixture.ts";
import { mailgun } from "./index.ts";
import { failure, key, send } from "./send.fixture.ts";

let fake: FakeMailgun;
beforeEach(async () => {
  fake = await FakeMailgun.start();
});
afterEach(async () => {
  vi.useRealTimers();
  await fake.close();
});

const create = (options: { readonly baseUrl?: string; readonly timeoutMs?: number } = {}) =>
  mailgun({ apiKey: key, domain: "mg.acme.example", baseUrl: fake.url, ...options });

/** More than the buffers of a socket hold, so that a server which does not read keeps it from being handed over. */
const large = [{ filename: "large.bin", content: new Uint8Array(12 * 1024 * 1024) }];

async function rawServer(onSocket: (socket: Socket) => void): Promise<{ url: string; close: () => Promise<void> }> {
  const sockets: Socket[] = [];
  const server: Server = createServer((socket) => {
    sockets.push(socket);
    socket.on("error", () => {});
    onSocket(socket);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  const close = async (): Promise<void> => {
    for (const socket of sockets) socket.destroy();
    await new Promise((done) => server.close(done));
  };
  return { url: `http://127.0.0.1:${port}`, close };
}

test("nobody listening: connection, and nothing was sent", async () => {
  const closed = await rawServer(() => {});
  await closed.close();
  expect(await failure(send(create({ baseUrl: closed.url })))).toMatchObject({
    code: "connection",
    scope: "transport",
    retryable: true,
    delivery: "not_sent",
  });
});

test.each([
  ["ENOTFOUND", "dns"],
  ["EAI_AGAIN", "dns"],
])("%s is %s, and nothing was sent", async (code, expected) => {
  const lookup = vi.spyOn(dns, "lookup").mockImplementation(((...args: unknown[]) => {
    const callback = args.at(-1) as (error: Error) => void;
    process.nextTick(callback, Object.assign(new Error(`getaddrinfo ${code} api.invalid`), { code }));
  }) as typeof dns.lookup);
  const error = await failure(send(create({ baseUrl: "https://api.invalid" })));
  lookup.mockRestore();
  expect(error).toMatchObject({ code: expected, delivery: "not_sent", retryable: true });
});

test("reset after the mail was handed over: nobody knows the outcome", async () => {
  fake.playNext((request) => {
    request.resume().on("end", () => request.socket.resetAndDestroy());
  });
  expect(await failure(send(create()))).toMatchObject({ code: "connection", delivery: "unknown" });
});

/** The client's own ends of the connections to come. */
function clientSockets(): readonly Socket[] {
  const sockets: Socket[] = [];
  const onSocket = (message: unknown): void => void sockets.push((message as { readonly socket: Socket }).socket);
  diagnostics.subscribe("net.client.socket", onSocket);
  onTestFinished(() => void diagnostics.unsubscribe("net.client.socket", onSocket));
  return sockets;
}

/** Lets the client's own end of its next connection break, with a code that Node gives at other times, too. */
function breakClient(): (code: string) => void {
  const sockets = clientSockets();
  return (code) => {
    const error = Object.assign(new Error(`read ${code}`), { code });
    for (const socket of sockets) socket.destroy(error);
  };
}

test.each([
  ["ERR_SSL_WRONG_VERSION_NUMBER", "tls"],
  ["ERR_SSL_BAD_RECORD_TYPE", "tls"],
  ["EPROTO", "tls"],
  ["EHOSTUNREACH", "connection"],
  ["ENETUNREACH", "connection"],
])("%s after the mail was handed over: nobody knows the outcome", async (systemCode, code) => {
  const breakNow = breakClient();
  fake.playNext((request) => {
    request.resume().on("end", () => breakNow(systemCode));
  });
  const error = await failure(send(create()));
  expect(error).toMatchObject({ code, delivery: "unknown", hint: expect.stringContaining("may have gone out") });
});

test("reset while the mail is handed over: it was not sent", async () => {
  fake.playNext((request) => request.socket.resetAndDestroy());
  expect(await failure(send(create(), { attachments: large }))).toMatchObject({
    code: "connection",
    delivery: "not_sent",
  });
});

test("closed without an answer: nobody knows the outcome", async () => {
  fake.playNext((request) => {
    request.resume().on("end", () => request.socket.end());
  });
  expect(await failure(send(create()))).toMatchObject({ code: "connection", delivery: "unknown" });
});

test("half an answer of 200: nobody knows the outcome", async () => {
  fake.playNext((request, response) => {
    request.resume().on("end", () => {
      response.writeHead(200, { "content-type": "application/json", "content-length": "100" });
      response.write('{"id":"<1@', () => request.socket.destroy());
    });
  });
  expect(await failure(send(create()))).toMatchObject({
    code: "unavailable",
    delivery: "unknown",
  });
});

test("half an answer of 401 is a definite refusal", async () => {
  fake.playNext((request, response) => {
    request.resume().on("end", () => {
      response.writeHead(401, { "content-length": "100" });
      response.write("Forb", () => request.socket.destroy());
    });
  });
  expect(await failure(send(create()))).toMatchObject({ code: "authentication", delivery: "not_sent" });
});

test("a server that does not speak HTTP", async () => {
  const smtp = await rawServer((socket) => socket.end("220 mx.example ESMTP\r\n"));
  expect(await failure(send(create({ baseUrl: smtp.url })))).toMatchObject({ code: "unavailable", scope: "transport" });
  await smtp.close();
});

test("a server that does not speak TLS: nothing was sent", async () => {
  const plain = fake.url.replace("http:", "https:");
  expect(await failure(send(create({ baseUrl: plain })))).toMatchObject({ code: "tls", delivery: "not_sent" });
});

test("no answer within timeoutMs, a minute by default: timeout, and the socket is closed", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  const [taken, closed] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  fake.playNext((request) => {
    request.resume().on("end", taken.resolve);
    request.socket.on("close", closed.resolve);
  });
  const sending = failure(send(create()));
  await taken.promise;
  vi.advanceTimersByTime(59_999);
  expect(await Promise.race([sending, Promise.resolve("waiting")])).toBe("waiting");
  vi.advanceTimersByTime(1);
  expect(await sending).toMatchObject({ code: "timeout", scope: "transport", retryable: true, delivery: "unknown" });
  await closed.promise;
});

test("timeoutMs also ends an answer that does not come to its end", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  const begun = Promise.withResolvers<void>();
  fake.playNext((request, response) => {
    request.resume().on("end", () => {
      response.writeHead(200).write("{", () => begun.resolve());
    });
  });
  const sending = failure(send(create({ timeoutMs: 500 })));
  await begun.promise;
  vi.advanceTimersByTime(500);
  expect(await sending).toMatchObject({ code: "timeout", delivery: "unknown" });
});

test("timeoutMs before the mail was handed over: it was not sent", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  const connected = Promise.withResolvers<void>();
  const deaf = await rawServer((socket) => {
    socket.pause();
    connected.resolve();
  });
  const sending = failure(send(create({ baseUrl: deaf.url, timeoutMs: 500 }), { attachments: large }));
  await connected.promise;
  vi.advanceTimersByTime(500);
  expect(await sending).toMatchObject({ code: "timeout", delivery: "not_sent" });
  await deaf.close();
});

test("the caller's signal closes the socket", async () => {
  const closed = Promise.withResolvers<void>();
  const taken = Promise.withResolvers<void>();
  fake.playNext((request) => {
    request.resume().on("end", taken.resolve);
    request.socket.on("close", closed.resolve);
  });
  const controller = new AbortController();
  const sending = failure(send(create(), {}, controller.signal));
  await taken.promise;
  controller.abort();
  expect(await sending).toMatchObject({ code: "aborted", delivery: "unknown" });
  await closed.promise;
  expect(getEventListeners(controller.signal, "abort")).toEqual([]);
});

test("aborted in the middle of the TLS handshake: it was not sent", async () => {
  const connected = Promise.withResolvers<void>();
  const silent = await rawServer((socket) => socket.once("data", () => connected.resolve()));
  const controller = new AbortController();
  const transport = create({ baseUrl: silent.url.replace("http:", "https:") });
  const sending = failure(send(transport, {}, controller.signal));
  await connected.promise;
  controller.abort();
  expect(await sending).toMatchObject({ code: "aborted", delivery: "not_sent" });
  await silent.close();
});

test("the signal ends a send whose attachment does not come, and nothing was sent", async () => {
  const controller = new AbortController();
  const content = (): Promise<never> => {
    queueMicrotask(() => controller.abort());
    return new Promise(() => {});
  };
  const error = await failure(send(create(), { attachments: [{ filename: "a", content }] }, controller.signal));
  expect(error).toMatchObject({ code: "aborted", delivery: "not_sent" });
  expect(fake.contacts).toBe(0);
});

test("a signal that fires while the SDK is loaded keeps the request from going out", async () => {
  const controller = new AbortController();
  const sending = failure(send(create(), {}, controller.signal));
  queueMicrotask(() => controller.abort(abortError(AbortSignal.abort())));
  expect(await sending).toMatchObject({ code: "aborted", delivery: "not_sent" });
  await send(create());
  expect(fake.contacts).toBe(1);
});

test("aborting one mail does not touch another", async () => {
  const transport = create();
  const controller = new AbortController();
  fake.playNext(() => controller.abort());
  const aborted = failure(send(transport, {}, controller.signal));
  await fake.arrived;
  const [error, receipt] = await Promise.all([aborted, send(transport)]);
  expect(error.code).toBe("aborted");
  expect(receipt.status).toBe("sent");
});

test("connections are kept and used again", async () => {
  const transport = create();
  for (let count = 0; count < 5; count++) await send(transport);
  expect(fake.requests).toHaveLength(5);
  expect(fake.connections).toBe(1);
});

test("an idle connection is dropped after four seconds, whatever the server would allow", async () => {
  const sockets = clientSockets();
  fake.answerNext(200, { id: "<1@mg.acme.example>" }, { "keep-alive": "timeout=60" });
  await send(create());
  expect(sockets.map(({ timeout }) => timeout)).toEqual([4_000]);
});

test("a packed answer is neither asked for nor unpacked, so that a small one does not become a large one", async () => {
  const packed = gzipSync(JSON.stringify({ id: "<1@mg.acme.example>", message: "x".repeat(2_000_000) }));
  const asked: unknown[] = [];
  fake.playNext((request, response) => {
    asked.push(request.headers["accept-encoding"]);
    response.writeHead(200, { "content-type": "application/json", "content-encoding": "gzip" }).end(packed);
  });
  const error = await failure(send(create()));
  expect(error).toMatchObject({ code: "configuration", delivery: "unknown", response: { status: 200 } });
  expect(asked).toEqual(["identity"]);
});

test.each([302, 307, 308])("a redirect by %d is not followed, neither with the mail nor without", async (status) => {
  await using elsewhere = await startElsewhere();
  fake.answerNext(status, "", { location: `${elsewhere.url}/v3/mg.acme.example/messages` });
  const error = await failure(send(create()));
  expect(error).toMatchObject({ code: "configuration", delivery: "not_sent", response: { status } });
  expect(elsewhere.fake.contacts).toBe(0);
});

async function startElsewhere() {
  const other = await FakeMailgun.start();
  return { fake: other, url: other.url, [Symbol.asyncDispose]: () => other.close() };
}

test("an answer before the whole mail was written decides, and the rest is not written after it", async () => {
  for (const [status, expected] of [
    [413, { code: "message_too_large", delivery: "not_sent" }],
    [503, { code: "unavailable", delivery: "not_sent" }],
    [200, { code: "unavailable", delivery: "unknown" }],
  ] as const) {
    const closed = Promise.withResolvers<void>();
    fake.playNext((request, response) => {
      request.socket.pause().on("close", closed.resolve);
      response.writeHead(status, { "content-type": "application/json" });
      response.end('{"id":"<1@mg.acme.example>","message":"Hm."}', () => request.socket.resume());
    });
    expect(await failure(send(create(), { attachments: large }))).toMatchObject(expected);
    await closed.promise;
  }
});

test("an answer without end is none: nobody knows the outcome", async () => {
  fake.playNext((request, response) => {
    request.resume().on("end", () => response.writeHead(200).write("x".repeat(2_000_000)));
  });
  expect(await failure(send(create()))).toMatchObject({ code: "unavailable", delivery: "unknown" });
});

test("close() lets go of the connections that were opened for our mails, and of no others", async () => {
  const transport = create();
  const [ours, others] = [clientSockets(), await FakeMailgun.start()];
  await send(transport);
  expect(ours.map(({ destroyed }) => destroyed)).toEqual([false]);
  await fetchThroughNode(others.url);
  await transport.close?.();
  expect(ours.map(({ destroyed }) => destroyed)).toEqual([true, false]);
  await others.close();
});

/** Another part of the app uses the agent of Node, too. */
async function fetchThroughNode(url: string): Promise<void> {
  const [response] = (await once(http.get(url), "response")) as [http.IncomingMessage];
  await once(response.resume(), "close");
}

test("a failed request is not repeated", async () => {
  fake.answerNext(500, { message: "Internal error" });
  await failure(send(create()));
  fake.playNext((request) => request.socket.destroy());
  await failure(send(create()));
  expect(fake.contacts).toBe(2);
});

test("a proxy in the environment is not used", async () => {
  vi.stubEnv("HTTP_PROXY", "http://127.0.0.1:9");
  vi.stubEnv("http_proxy", "http://127.0.0.1:9");
  expect((await send(create())).status).toBe("sent");
  vi.unstubAllEnvs();
});
