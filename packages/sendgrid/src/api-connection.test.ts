import { spawn } from "node:child_process";
import diagnostics from "node:diagnostics_channel";
import { once } from "node:events";
import http from "node:http";
import type { Socket } from "node:net";
import { fileURLToPath } from "node:url";
import { inspect } from "node:util";
import { deliver, prepareMessage, silentLogger } from "@mail/core";
import sendgridMail from "@sendgrid/mail";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { apiKey, errorOf, listen, message, sendBare } from "./sendgrid-api.fixture.ts";
import { sendgrid } from "./sendgrid-transport.ts";

const { MailService } = sendgridMail as typeof sendgridMail & { readonly MailService: new () => typeof sendgridMail };
const bigMessage = { ...message, text: "x".repeat(20_000_000) };
const accepted = "HTTP/1.1 202 Accepted\r\nX-Message-Id: abc123\r\nContent-Length: 0\r\n\r\n";

async function serve(onConnection: (socket: Socket) => void, timeoutMs?: number) {
  const server = await listen(onConnection);
  onTestFinished(() => server.close());
  const transport = sendgrid({ apiKey, baseUrl: server.url, ...(timeoutMs !== undefined && { timeoutMs }) });
  onTestFinished(() => transport.close?.());
  return { transport, server };
}

/** Calls back once a whole small request has come. */
function onRequest(socket: Socket, callback: () => void): void {
  let text = "";
  socket.on("data", (chunk) => {
    text += chunk;
    if (!text.endsWith("}")) return;
    text = "";
    callback();
  });
}

describe("a failure below HTTP", () => {
  it("before the connection was made means that nothing was sent", async () => {
    const { transport, server } = await serve(() => undefined);
    await server.close();
    const error = await errorOf(sendBare(transport, message));
    expect(error).toMatchObject({ code: "connection", delivery: "not_sent", retryable: true });
  });

  it("at a port without TLS means that nothing was sent", async () => {
    const { server } = await serve((socket) => socket.end("220 not TLS\r\n"));
    const transport = sendgrid({ apiKey, baseUrl: server.url.replace("http:", "https:") });
    expect(await errorOf(sendBare(transport, message))).toMatchObject({ code: "tls", delivery: "not_sent" });
  });

  it("after the request leaves the outcome open", async () => {
    const { transport } = await serve((socket) => onRequest(socket, () => socket.resetAndDestroy()));
    const error = await errorOf(sendBare(transport, message));
    expect(error).toMatchObject({ code: "connection", delivery: "unknown" });
  });

  it("in the middle of the request means that nothing was sent", async () => {
    const { transport } = await serve((socket) => {
      socket.once("data", () => socket.pause().resetAndDestroy());
    });
    const error = await errorOf(sendBare(transport, bigMessage));
    expect(error).toMatchObject({ code: "connection", delivery: "not_sent" });
    expect(error.hint).toContain("did not go out");
  });

  it("in the middle of the status line leaves the outcome open", async () => {
    const { transport } = await serve((socket) => onRequest(socket, () => socket.end("HTTP/1.1 20")));
    expect(await errorOf(sendBare(transport, message))).toMatchObject({ code: "connection", delivery: "unknown" });
  });

  it("after the status does not change what the status said", async () => {
    const answers = [accepted.replace("Length: 0", "Length: 9"), "HTTP/1.1 413 Too large\r\nContent-Length: 9\r\n\r\n"];
    const { transport } = await serve((socket) => onRequest(socket, () => socket.end(`${answers.shift()}half`)));
    expect(await sendBare(transport, message)).toMatchObject({ providerId: "abc123" });
    expect(await errorOf(sendBare(transport, message))).toMatchObject({ code: "message_too_large" });
  });

  it("is what an acceptance of half a request comes to, and the other half is not sent after it", async () => {
    const closed = Promise.withResolvers<void>();
    const { transport } = await serve((socket) => {
      socket.once("data", () => socket.pause().write(accepted, () => socket.resume()));
      socket.once("close", () => closed.resolve());
    });
    const error = await errorOf(sendBare(transport, bigMessage));
    expect(error).toMatchObject({ code: "unavailable", delivery: "unknown", response: { status: 202 } });
    await closed.promise;
  });

  it("because the other side speaks no HTTP leaves the outcome open", async () => {
    const { transport } = await serve((socket) => onRequest(socket, () => socket.end("500 What?\r\n")));
    expect(await errorOf(sendBare(transport, message))).toMatchObject({ code: "unavailable", delivery: "unknown" });
  });

  it("because the answer has no end is no answer, the outcome open", async () => {
    const flood = `HTTP/1.1 200 OK\r\nContent-Length: 2000000\r\n\r\n${"x".repeat(2_000_000)}`;
    const { transport } = await serve((socket) => onRequest(socket, () => socket.write(flood)));
    expect(await errorOf(sendBare(transport, message))).toMatchObject({ code: "unavailable", delivery: "unknown" });
  });

  it("shows no key", async () => {
    const { transport } = await serve((socket) => onRequest(socket, () => socket.resetAndDestroy()));
    const error = await errorOf(sendBare(transport, message));
    expect(inspect(error, { depth: 20, showHidden: true })).not.toContain(apiKey);
    expect(error.cause).toMatchObject({ code: "ECONNRESET" });
  });
});

/** Lets the client's own end of its next connection break, with a code that Node gives at other times, too. */
function breakClient(): (code: string) => void {
  const sockets: Socket[] = [];
  const onSocket = (message: unknown): void => void sockets.push((message as { readonly socket: Socket }).socket);
  diagnostics.subscribe("net.client.socket", onSocket);
  onTestFinished(() => void diagnostics.unsubscribe("net.client.socket", onSocket));
  return (code) => {
    const error = Object.assign(new Error(`read ${code}`), { code });
    for (const socket of sockets) socket.destroy(error);
  };
}

describe("a code that also stands for a failure to connect", () => {
  it.each([
    ["ERR_SSL_WRONG_VERSION_NUMBER", "tls"],
    ["ERR_SSL_BAD_RECORD_TYPE", "tls"],
    ["EPROTO", "tls"],
    ["EHOSTUNREACH", "connection"],
    ["ENETUNREACH", "connection"],
  ])("leaves the outcome open once the whole request was read: %s", async (systemCode, code) => {
    const breakNow = breakClient();
    const { transport } = await serve((socket) => onRequest(socket, () => breakNow(systemCode)));
    const error = await errorOf(sendBare(transport, message));
    expect(error).toMatchObject({ code, delivery: "unknown", hint: expect.stringContaining("may have gone out") });
  });
});

describe("an abort", () => {
  it("at the moment in which the request was written leaves the outcome open", async () => {
    const { transport } = await serve((socket) => onRequest(socket, () => socket.write(accepted)));
    // On a connection that stands, all of a small request is written at once.
    await sendBare(transport, message);
    const controller = new AbortController();
    const abort = (): void => controller.abort();
    diagnostics.subscribe("http.client.request.start", abort);
    onTestFinished(() => void diagnostics.unsubscribe("http.client.request.start", abort));
    const context = { signal: controller.signal, log: silentLogger };
    const error = await errorOf(deliver(transport, prepareMessage(message), context));
    expect(error).toMatchObject({ code: "aborted", delivery: "unknown" });
  });
});

describe("the time limit", () => {
  it("ends a request that nobody answers, the outcome open", async () => {
    // Not a moment before the request is there, however long this machine takes.
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    onTestFinished(() => void vi.useRealTimers());
    const { transport } = await serve((socket) => onRequest(socket, () => vi.advanceTimersByTime(500)), 500);
    const error = await errorOf(sendBare(transport, message));
    expect(error).toMatchObject({ code: "timeout", delivery: "unknown", retryable: true });
  });

  it("ends a request that could not be written, so that nothing was sent", async () => {
    const { transport } = await serve((socket) => socket.pause(), 200);
    expect(await errorOf(sendBare(transport, bigMessage))).toMatchObject({ code: "timeout", delivery: "not_sent" });
  });
});

describe("the signal", () => {
  it("ends the request at the socket, the outcome open once all was written", async () => {
    const controller = new AbortController();
    const { promise: closed, resolve } = Promise.withResolvers<void>();
    const { transport } = await serve((socket) => {
      socket.on("close", () => resolve());
      onRequest(socket, () => controller.abort());
    });
    const error = await errorOf(sendBare(transport, message, controller.signal));
    expect(error).toMatchObject({ code: "aborted", delivery: "unknown" });
    await closed;
  });

  it("in the middle of writing means that nothing was sent", async () => {
    const controller = new AbortController();
    const { transport } = await serve((socket) => {
      socket.once("data", () => {
        socket.pause();
        controller.abort();
      });
    });
    const error = await errorOf(sendBare(transport, bigMessage, controller.signal));
    expect(error).toMatchObject({ code: "aborted", delivery: "not_sent" });
  });

  it("of one mail leaves another one alone", async () => {
    const controller = new AbortController();
    const { transport } = await serve((socket) => {
      onRequest(socket, () => {
        if (!controller.signal.aborted) controller.abort();
        else socket.write(accepted);
      });
    });
    const aborted = errorOf(sendBare(transport, message, controller.signal));
    expect(await aborted).toMatchObject({ code: "aborted" });
    expect(await sendBare(transport, message)).toMatchObject({ providerId: "abc123" });
  });
});

describe("a ready-made client", () => {
  it("is watched like our own", async () => {
    const { server } = await serve((socket) => {
      socket.once("data", () => socket.pause().resetAndDestroy());
    });
    const client = new MailService();
    client.setApiKey(apiKey);
    const transport = sendgrid({ client, baseUrl: server.url });
    const error = await errorOf(sendBare(transport, bigMessage));
    expect(error).toMatchObject({ code: "connection", delivery: "not_sent" });
  });
});

describe("a gateway's 502", () => {
  const answer = "HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n";

  it("before the whole request was written means that nothing was sent, and the rest is given up", async () => {
    let resume = (): unknown => undefined;
    let closed = false;
    const { transport } = await serve((socket) => {
      socket.on("close", () => {
        closed = true;
      });
      socket.once("data", () => socket.pause().write(answer));
      resume = () => socket.resume();
    });
    expect(await errorOf(sendBare(transport, bigMessage))).toMatchObject({ code: "unavailable", delivery: "not_sent" });
    resume();
    await expect.poll(() => closed).toBe(true);
  });

  it("to verify means that nothing was sent", async () => {
    const { transport } = await serve((socket) => socket.once("data", () => socket.write(answer)));
    const context = { signal: new AbortController().signal, log: silentLogger };
    const error = await errorOf(transport.verify?.(context) ?? Promise.resolve());
    expect(error).toMatchObject({ code: "unavailable", delivery: "not_sent" });
  });
});

describe("connections", () => {
  it("are used again", async () => {
    const { transport, server } = await serve((socket) => onRequest(socket, () => socket.write(accepted)));
    for (let count = 0; count < 3; count++) await sendBare(transport, message);
    expect(server.connections()).toBe(1);
  });

  it("are closed with the transport", async () => {
    let closed = false;
    const { transport } = await serve((socket) => {
      socket.on("close", () => {
        closed = true;
      });
      onRequest(socket, () => socket.write(accepted));
    });
    await sendBare(transport, message);
    await transport.close?.();
    await expect.poll(() => closed).toBe(true);
  });

  it("do not keep a process alive", async () => {
    const server = http.createServer((_request, response) => response.writeHead(202).end());
    server.keepAliveTimeout = 60_000;
    onTestFinished(() => void server.close().closeAllConnections());
    await once(server.listen(0, "127.0.0.1"), "listening");
    const { port } = server.address() as { port: number };
    const script = `
      const { createMailer } = await import("@mail/core");
      const { sendgrid } = await import(${JSON.stringify(import.meta.resolve("./sendgrid-transport.ts"))});
      const transport = sendgrid({ apiKey: "SG.x", baseUrl: "http://127.0.0.1:${port}", timeoutMs: 60_000 });
      await createMailer({ transport }).send(${JSON.stringify(message)});
      setImmediate(() => console.log(process.getActiveResourcesInfo().filter((name) => /TCP|Timeout/.test(name))));
    `;
    const child = spawn(process.execPath, ["--conditions=@mail/source", "--input-type=module", "--eval", script], {
      cwd: fileURLToPath(new URL("..", import.meta.url)),
      stdio: ["ignore", "pipe", "inherit"],
    });
    let output = "";
    child.stdout.on("data", (chunk) => {
      output += chunk;
    });
    await once(child, "close");
    expect(output).toBe("[]\n");
  });
});
