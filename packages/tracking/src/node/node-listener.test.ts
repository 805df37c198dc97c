import { once } from "node:events";
import type { IncomingMessage, ServerResponse } from "node:http";
import { buffer } from "node:stream/consumers";
import { type Logger, MailError, readEventBody, silentLogger } from "@mail/core";
import { describe, expect, test, vi } from "vitest";
import { nodeListener } from "./node-listener.ts";
import { startServer } from "./node-server.fixture.ts";

type Handler = Parameters<typeof nodeListener>[0];

/** A logger that keeps what it is told at `error`. */
function recordingLogger() {
  const error = vi.fn<Logger["error"]>();
  return { error, logger: { ...silentLogger, error } };
}

const echo: Handler = async (request) => new Response(await request.arrayBuffer());
const sized: Handler = async (request) => {
  const body = await readEventBody(request, 1_000).catch(() => undefined);
  return body === undefined ? new Response("too_large\n", { status: 413 }) : new Response(`${body.byteLength} bytes`);
};

/** What a body parser does before the listener's turn. */
function parsed(listener: ReturnType<typeof nodeListener>, keep: (bytes: Buffer) => object) {
  return (incoming: IncomingMessage, outgoing: ServerResponse): void =>
    void buffer(incoming).then((bytes) => listener(Object.assign(incoming, keep(bytes)), outgoing));
}

describe("the request", () => {
  test("has the body's bytes as they came", async () => {
    await using server = await startServer(nodeListener(echo));
    const bytes = Buffer.from('[{"é": "\\u0065" }]\r\n\xff', "latin1");
    const response = await fetch(server.url, { method: "POST", body: bytes });
    expect(Buffer.from(await response.arrayBuffer())).toEqual(bytes);
  });

  test("has the method, the headers and the whole address", async () => {
    const handler: Handler = ({ method, url, headers }) => Response.json([method, url, headers.get("x-mail")]);
    await using server = await startServer(nodeListener(handler));
    const response = await fetch(`${server.url}/a/b?t=1`, { method: "PUT", headers: { "x-mail": "1" } });
    expect(await response.json()).toEqual(["PUT", `${server.url}/a/b?t=1`, "1"]);
  });

  test("has the address before a router took away the path at which it is mounted", async () => {
    const listener = nodeListener(({ url }) => new Response(url));
    await using server = await startServer((incoming, outgoing) =>
      listener(Object.assign(incoming, { originalUrl: incoming.url, url: "/?view=mail" }), outgoing),
    );
    expect(await (await fetch(`${server.url}/admin/mail?view=mail`)).text()).toBe(`${server.url}/admin/mail?view=mail`);
  });

  test("is aborted when the client goes away", async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    await using server = await startServer(
      nodeListener((request) => {
        request.signal.addEventListener("abort", () => resolve());
        return new Promise<Response>(() => undefined);
      }),
    );
    const socket = server.connect("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc");
    await once(server.server, "request");
    socket.destroy();
    await promise;
  });

  test.each(["Host: a/b", "Host: a@b", "X: 1"])("is refused with the header %s", async (header) => {
    const handler = vi.fn(echo);
    await using server = await startServer(nodeListener(handler));
    const answer = await server.exchange(`POST / HTTP/1.0\r\n${header}\r\n\r\n`);
    expect(answer).toMatch(/^HTTP\/1.1 400 /);
    expect(handler).not.toHaveBeenCalled();
  });
});

describe("a body that is larger than the handler reads", () => {
  const size = 20_000_000;
  const post = (kind: string) =>
    kind === "chunked"
      ? [`Transfer-Encoding: chunked\r\n\r\n${size.toString(16)}\r\n`, "\r\n0\r\n\r\n"]
      : [`Content-Length: ${size}\r\n\r\n`, ""];

  test.each(["chunked", "of a length"])("is answered, and the connection goes on: %s", async (kind) => {
    await using server = await startServer(nodeListener(sized));
    const [before = "", after = ""] = post(kind);
    const answers = await server.exchange(
      Buffer.concat([
        Buffer.from(`POST / HTTP/1.1\r\nHost: a\r\n${before}`),
        Buffer.alloc(size, "a"),
        Buffer.from(`${after}POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nConnection: close\r\n\r\nabc`),
      ]),
    );
    expect(answers.match(/^HTTP.*|3 bytes/gm)).toEqual([
      "HTTP/1.1 413 Payload Too Large",
      "HTTP/1.1 200 OK",
      "3 bytes",
    ]);
  });

  test("that never ends is answered, and the connection closed", async () => {
    await using server = await startServer(nodeListener(sized));
    const answer = await server.exchange(`POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ${size}\r\n\r\nabc`);
    expect(answer).toMatch(/^HTTP\/1.1 413 /);
  });
});

test("a client that goes away in the middle of a body harms nobody else", async () => {
  const { error, logger } = recordingLogger();
  const { promise, resolve } = Promise.withResolvers<unknown>();
  const handler: Handler = async (request) => {
    await readEventBody(request, 1_000).catch(resolve);
    return new Response("ok");
  };
  await using server = await startServer(nodeListener(handler, { logger }));
  const socket = server.connect("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc");
  await once(server.server, "request");
  socket.destroy();
  expect(await promise).toMatchObject({ code: "malformed", message: "The body broke off" });
  expect((await fetch(server.url, { method: "POST", body: "abc" })).status).toBe(200);
  expect(error).not.toHaveBeenCalled();
});

describe("an error of the handler", () => {
  const failure = new Error("secret detail");
  const handlers: Record<string, Handler> = {
    rejected: () => Promise.reject(failure),
    thrown: () => {
      throw failure;
    },
  };

  test.each(Object.entries(handlers))(
    "is answered 500 and logged, and says nothing to the client: %s",
    async (_, handler) => {
      const { error, logger } = recordingLogger();
      await using server = await startServer(nodeListener(handler, { logger }));
      const response = await fetch(`${server.url}/unsubscribe?t=token`, { method: "POST", body: "abc" });
      expect([response.status, await response.text()]).toEqual([500, "error\n"]);
      expect(error.mock.calls).toEqual([
        [{ method: "POST", path: "/unsubscribe", error: failure }, "A request could not be answered"],
      ]);
    },
  );

  test.each([
    ["before its first bytes", []],
    ["after some", ["first line\n"]],
  ])("in an answer's body, %s, breaks the answer off and is logged", async (_, lines) => {
    const { error, logger } = recordingLogger();
    const body = () => {
      const rest = lines.values();
      return new ReadableStream<Uint8Array>({
        pull(controller) {
          const { value, done } = rest.next();
          if (done === true) throw failure;
          controller.enqueue(Buffer.from(value));
        },
      });
    };
    const handler: Handler = () => new Response(body());
    await using server = await startServer(nodeListener(handler, { logger }));
    const received = fetch(`${server.url}/export`).then((response) => response.text());
    await expect(received).rejects.toThrow();
    expect(error.mock.calls).toEqual([[{ method: "GET", path: "/export", error: failure }, "An answer broke off"]]);
  });
});

test("what is no Response is logged, and leaves no client waiting", async () => {
  const { error, logger } = recordingLogger();
  const nothing: unknown = undefined;
  await using server = await startServer(nodeListener(() => nothing as Response, { logger }));
  await expect(fetch(server.url)).rejects.toThrow();
  expect(error).toHaveBeenCalledOnce();
});

describe("a body that a parser has read", () => {
  test("is answered 500, and the log says what to do", async () => {
    const { error, logger } = recordingLogger();
    const handler = vi.fn(echo);
    await using server = await startServer(parsed(nodeListener(handler, { logger }), () => ({ body: { a: 1 } })));
    const response = await fetch(server.url, { method: "POST", body: '{"a":1}' });
    expect([response.status, await response.text()]).toEqual([500, "error\n"]);
    expect(handler).not.toHaveBeenCalled();
    const logged = error.mock.calls[0]?.[0] as { readonly error: MailError };
    expect(logged.error).toMatchObject({ code: "configuration", field: "body" });
    for (const way of ["express.raw(", "rawBody: true", "addContentTypeParser("])
      expect(logged.error.hint).toContain(way);
  });

  test.each(["rawBody", "body"])("is taken from `%s` where its bytes are kept", async (name) => {
    await using server = await startServer(parsed(nodeListener(echo), (bytes) => ({ [name]: bytes })));
    expect(await (await fetch(server.url, { method: "POST", body: "a\r\n" })).text()).toBe("a\r\n");
  });

  test("is not missed where there is none", async () => {
    await using server = await startServer(parsed(nodeListener(echo), () => ({ body: {} })));
    for (const method of ["GET", "POST"]) expect((await fetch(server.url, { method })).status).toBe(200);
  });
});

test("the process's Request and Response stay as they are", async () => {
  const { Request, Response } = globalThis;
  await using server = await startServer(nodeListener((request) => new Response(String(request instanceof Request))));
  expect(await (await fetch(server.url)).text()).toBe("true");
  expect([globalThis.Request, globalThis.Response]).toEqual([Request, Response]);
});

test("options that are unknown are refused", () => {
  expect(() => nodeListener(echo, { log: console } as object)).toThrow(MailError);
});
