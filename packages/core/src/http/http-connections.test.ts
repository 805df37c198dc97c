import diagnostics from "node:diagnostics_channel";
import { once } from "node:events";
import http from "node:http";
import type { AddressInfo } from "node:net";
import { gzipSync } from "node:zlib";
import { describe, expect, onTestFinished, test } from "vitest";
import { HttpConnections } from "./http-connections.ts";
import type { HttpRequest } from "./http-exchange.ts";

type Handler = (request: http.IncomingMessage, response: http.ServerResponse) => void;

interface Api {
  /** A request to it. */
  readonly request: HttpRequest;
  readonly port: number;
  readonly connections: () => number;
}

async function serve(handler: Handler): Promise<Api> {
  let connections = 0;
  const server = http.createServer(handler).on("connection", () => connections++);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  const request = { protocol: "http:", hostname: "127.0.0.1", port, path: "/send?a=b", method: "POST", headers: {} };
  return { request: { ...request, body: "mail" }, port, connections: () => connections };
}

function open(maxConnections = 50): HttpConnections {
  const connections = new HttpConnections({ maxConnections });
  onTestFinished(() => connections.close());
  return connections;
}

const signal = new AbortController().signal;
/** More than the buffers of a socket hold. */
const large = new Uint8Array(20_000_000);

describe("a request", () => {
  test.each([
    ["text, beyond ASCII too: é", undefined],
    ["bytes", new Uint8Array([0, 255])],
  ])("carries %s with its length", async (text, bytes) => {
    const seen: unknown[] = [];
    const { request } = await serve((incoming, response) => {
      const parts: Buffer[] = [];
      incoming.on("data", (part) => parts.push(part));
      incoming.on("end", () => {
        seen.push(incoming.method, incoming.url, incoming.headers["content-length"], Buffer.concat(parts));
        response.end();
      });
    });
    const body = bytes ?? text;
    await open().send({ ...request, body }, signal).answer;
    expect(seen).toEqual(["POST", "/send?a=b", `${Buffer.from(body).length}`, Buffer.from(body)]);
  });

  test("goes through the proxy that Node was told to use", async () => {
    const proxy = await serve((incoming, response) => response.end(`by proxy: ${incoming.url}`));
    const { globalAgent } = http;
    http.globalAgent = new http.Agent({ proxyEnv: { HTTP_PROXY: `http://127.0.0.1:${proxy.port}` } });
    onTestFinished(() => {
      http.globalAgent = globalAgent;
    });
    const { body } = await open().send({ ...proxy.request, hostname: "api.example", port: 80 }, signal).answer;
    expect(`${body}`).toBe("by proxy: http://api.example/send?a=b");
  });
});

describe("an answer", () => {
  test("has its headers in lower case, those that came twice joined", async () => {
    const { request } = await serve((_incoming, response) => {
      response.setHeader("X-Twice", ["1", "2"]);
      response.setHeader("Retry-After", "7");
      response.writeHead(429, "Slow down").end("{}");
    });
    const answer = await open().send(request, signal).answer;
    expect(answer).toMatchObject({ status: 429, statusText: "Slow down", complete: true, body: Buffer.from("{}") });
    expect(answer.headers).toMatchObject({ "retry-after": "7", "x-twice": "1, 2" });
  });

  test("that is packed stays so, and one that points elsewhere is not followed", async () => {
    const packed = gzipSync("x".repeat(100_000));
    const { request, connections } = await serve((incoming, response) => {
      const location = `http://${incoming.headers.host}/elsewhere`;
      response.writeHead(307, { location, "content-encoding": "gzip" }).end(packed);
    });
    expect(await open().send(request, signal).answer).toMatchObject({ status: 307, body: packed });
    expect(connections()).toBe(1);
  });

  test.each(["destroy", "resetAndDestroy"] as const)("that is cut off has its status all the same: %s", async (cut) => {
    const begun = Promise.withResolvers<void>();
    const { request } = await serve((incoming, response) => {
      response.writeHead(401, { "content-length": "100" }).write("Forb");
      void begun.promise.then(() => incoming.socket[cut]());
    });
    const onResponse = (): void => begun.resolve();
    diagnostics.subscribe("http.client.response.finish", onResponse);
    onTestFinished(() => void diagnostics.unsubscribe("http.client.response.finish", onResponse));
    expect(await open().send(request, signal).answer).toMatchObject({ status: 401, complete: false });
  });

  test("that is none but a change to another protocol is a broken connection, at once", async () => {
    const { request } = await serve((incoming) => {
      incoming.socket.write("HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: h2c\r\n\r\n");
    });
    const exchange = open().send(request, signal);
    await expect(exchange.answer).rejects.toMatchObject({ code: "ECONNRESET" });
    expect(exchange.handedOver).toBe(true);
  });

  test("without end is none", async () => {
    const { request } = await serve((_incoming, response) => void response.write("x".repeat(2_000_000)));
    await expect(open().send(request, signal).answer).rejects.toMatchObject({ code: "ERR_BAD_RESPONSE" });
  });

  test("that comes early ends the request, which was not handed over", async () => {
    const closed = Promise.withResolvers<void>();
    const { request } = await serve((incoming, response) => {
      incoming.socket.pause().once("close", closed.resolve);
      response.writeHead(413).end("", () => incoming.socket.resume());
    });
    const exchange = open().send({ ...request, body: large }, signal);
    expect((await exchange.answer).status).toBe(413);
    expect(exchange.handedOver).toBe(false);
    await closed.promise;
  });
});

describe("an abort", () => {
  test("before the start opens no connection", async () => {
    const { request, connections } = await serve((_incoming, response) => response.end());
    const exchange = open().send(request, AbortSignal.abort());
    await expect(exchange.answer).rejects.toMatchObject({ name: "AbortError" });
    expect([exchange.handedOver, connections()]).toEqual([false, 0]);
  });

  test.each([
    ["once all was written leaves the request handed over", "mail", true],
    ["in the middle of writing does not", large, false],
  ])("%s", async (_what, body, handedOver) => {
    const controller = new AbortController();
    const { request } = await serve((incoming) => {
      incoming.socket.pause();
      controller.abort();
    });
    const exchange = open().send({ ...request, body }, controller.signal);
    await expect(exchange.answer).rejects.toMatchObject({ name: "AbortError" });
    expect(exchange.handedOver).toBe(handedOver);
  });

  test("of a request that waits for a connection leaves the others alone", async () => {
    const first = Promise.withResolvers<http.ServerResponse>();
    const { request } = await serve((_incoming, response) => first.resolve(response));
    const connections = open(1);
    const controller = new AbortController();
    const busy = connections.send(request, signal);
    const response = await first.promise;
    const waiting = connections.send(request, controller.signal);
    controller.abort();
    await expect(waiting.answer).rejects.toMatchObject({ name: "AbortError" });
    expect(waiting.handedOver).toBe(false);
    response.end("done");
    expect(`${(await busy.answer).body}`).toBe("done");
  });
});

describe("connections", () => {
  test("are bounded, and used again", async () => {
    const { request, connections } = await serve((_incoming, response) => response.end());
    const shared = open(3);
    await Promise.all(Array.from({ length: 20 }, () => shared.send(request, signal).answer));
    await shared.send(request, signal).answer;
    expect(connections()).toBe(3);
  });

  test("are let go by close()", async () => {
    const closed = Promise.withResolvers<void>();
    const { request } = await serve((incoming, response) => {
      incoming.socket.once("close", closed.resolve);
      response.end();
    });
    const connections = open();
    await connections.send(request, signal).answer;
    connections.close();
    await closed.promise;
  });
});
