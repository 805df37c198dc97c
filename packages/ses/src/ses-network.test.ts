import { execFile } from "node:child_process";
import diagnostics from "node:diagnostics_channel";
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import tls, { createServer as createTlsServer } from "node:tls";
import { promisify } from "node:util";
import { generate } from "selfsigned";
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from "vitest";
import { credentials, failure, send } from "./mail.fixture.ts";
import type { SesOptions } from "./ses-options.ts";
import { answerWith, type SesServer, sesServer } from "./ses-server.fixture.ts";
import { ses } from "./ses-transport.ts";

let server: SesServer;
const cleanUp: (() => void)[] = [];

beforeEach(async () => {
  server = await sesServer();
});
afterEach(async () => {
  for (const end of cleanUp.splice(0)) end();
  await server.close();
});

const transport = (options: SesOptions = {}) =>
  ses({ region: "eu-west-1", credentials, endpoint: server.endpoint, ...options });

/** Our own time limits pass only as the test has them pass, however long this machine takes. */
function stopTime(): void {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  onTestFinished(() => void vi.useRealTimers());
}

/** A port where every connection is handled by the function. */
async function rawPort(
  onConnection: (socket: Socket) => void,
  make: (handle: typeof onConnection) => Server = createServer,
): Promise<number> {
  const sockets: Socket[] = [];
  const raw = make((socket) => {
    sockets.push(socket);
    socket.on("error", () => undefined);
    onConnection(socket);
  });
  raw.listen(0, "127.0.0.1");
  await once(raw, "listening");
  cleanUp.push(() => {
    for (const socket of sockets) socket.destroy();
    raw.close();
  });
  return (raw.address() as AddressInfo).port;
}

async function unusedPort(): Promise<number> {
  const raw = createServer().listen(0, "127.0.0.1");
  await once(raw, "listening");
  const { port } = raw.address() as AddressInfo;
  raw.close();
  await once(raw, "close");
  return port;
}

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

/** TLS that takes a whole mail and is then answered in clear text, as a broken proxy would; the client trusts it. */
async function spoiltTls(version: tls.SecureVersion): Promise<{ port: number; spoil: Promise<void> }> {
  const { private: key, cert } = await generate([{ name: "commonName", value: "localhost" }], {
    keyType: "ec",
    algorithm: "sha256",
    extensions: [{ name: "subjectAltName", altNames: [{ type: 2, value: "localhost" }] }],
  });
  const trusted = tls.getCACertificates("default");
  tls.setDefaultCACertificates([...trusted, cert]);
  onTestFinished(() => tls.setDefaultCACertificates(trusted));
  const { promise: read, resolve } = Promise.withResolvers<void>();
  const behind = await rawPort(
    (socket) => void socket.on("data", (chunk) => `${chunk}`.endsWith("}") && resolve()),
    (handle) => createTlsServer({ key, cert, minVersion: version, maxVersion: version }, handle),
  );
  const { promise: spoil, resolve: spoilt } = Promise.withResolvers<void>();
  const port = await rawPort((socket) => {
    const inner = connect(behind, "127.0.0.1").on("error", () => undefined);
    inner.pipe(socket, { end: false });
    socket.pipe(inner);
    void read.then(() => socket.write("HTTP/1.1 400 Bad Request\r\n\r\n", () => spoilt()));
  });
  return { port, spoil };
}

describe("the connection of ses", () => {
  it("is used again for the next mail", async () => {
    const ports: (number | undefined)[] = [];
    const one = transport();
    for (let count = 0; count < 2; count++) {
      server.next((request, response, body) => {
        ports.push(request.socket.remotePort);
        answerWith(200, { MessageId: "x" })(request, response, body);
      });
      await send(one);
    }
    expect(ports).toHaveLength(2);
    expect(ports[0]).toBe(ports[1]);
    await one.close?.();
  });

  it("that is idle is dropped after four seconds, before Amazon drops it", async () => {
    const sockets = clientSockets();
    server.next((_request, response) => {
      response.writeHead(200, { "content-type": "application/json", "keep-alive": "timeout=60" });
      response.end('{"MessageId":"1"}');
    });
    const one = transport();
    await send(one);
    expect(sockets.map(({ timeout }) => timeout)).toEqual([4_000]);
    await one.close?.();
  });

  it("that others use is waited for, and this is no time spent on connecting", async () => {
    stopTime();
    const { promise: arrived, resolve } = Promise.withResolvers<() => void>();
    server.next((...exchange) => resolve(() => answerWith(200, { MessageId: "first" })(...exchange)));
    const one = transport({ maxConnections: 1, connectionTimeoutMs: 800 });
    const sending = [send(one), send(one)];
    const answerFirst = await arrived;
    await new Promise(setImmediate);
    vi.advanceTimersByTime(10_000);
    answerFirst();
    expect((await Promise.all(sending)).map(({ status }) => status)).toEqual(["sent", "sent"]);
    await one.close?.();
  });

  it("that is refused has sent nothing", async () => {
    const error = await failure(send(transport({ endpoint: `http://127.0.0.1:${await unusedPort()}` })));
    expect(error).toMatchObject({
      code: "connection",
      delivery: "not_sent",
      message: expect.stringContaining("ECONNREFUSED"),
    });
  });

  it("that is refused at each address of a name has sent nothing", async () => {
    const refused = Object.assign(
      new AggregateError([Object.assign(new Error("connect"), { code: "ECONNREFUSED" })], ""),
    );
    const error = await failure(send(ses({ client: { send: () => Promise.reject(refused) } as never })));
    expect(error).toMatchObject({
      code: "connection",
      delivery: "not_sent",
      message: expect.stringContaining("ECONNREFUSED"),
    });
  });

  it.each([
    ["ENOTFOUND", "dns", "not_sent"],
    ["EAI_AGAIN", "dns", "not_sent"],
    ["EHOSTUNREACH", "connection", "unknown"],
    ["CERT_HAS_EXPIRED", "tls", "not_sent"],
    ["CERT_NOT_YET_VALID", "tls", "not_sent"],
    ["ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION", "tls", "unknown"],
    ["HPE_INVALID_CONSTANT", "unavailable", "unknown"],
    ["ECONNRESET", "connection", "unknown"],
    ["EPIPE", "connection", "unknown"],
    ["ETIMEDOUT", "timeout", "unknown"],
  ])("that fails with %s, which the SDK calls TimeoutError, becomes %s, %s", async (code, expected, delivery) => {
    const thrown = Object.assign(new Error(`read ${code}`), { name: "TimeoutError", code, $metadata: { attempts: 1 } });
    const error = await failure(send(ses({ client: { send: () => Promise.reject(thrown) } as never })));
    expect(error).toMatchObject({ code: expected, delivery, retryable: expected !== "tls" });
  });

  it("that breaks before the answer leaves the outcome open, and is not tried again", async () => {
    server.next((request) => request.socket.resetAndDestroy());
    expect(await failure(send(transport()))).toMatchObject({ code: "connection", delivery: "unknown" });
    expect(server.contacts()).toBe(1);
  });

  it.each([
    ["ERR_SSL_WRONG_VERSION_NUMBER", "tls"],
    ["ERR_SSL_BAD_RECORD_TYPE", "tls"],
    ["EPROTO", "tls"],
    ["EHOSTUNREACH", "connection"],
    ["ENETUNREACH", "connection"],
  ])("that breaks after the mail with %s, as one that never stood, leaves the outcome open", async (code, expected) => {
    const breakNow = breakClient();
    server.next(() => breakNow(code));
    const error = await failure(send(transport()));
    expect(error).toMatchObject({ code: expected, delivery: "unknown" });
    expect(error.hint).toContain("may have gone out");
  });

  it.each(["TLSv1.2", "TLSv1.3"] as const)("by %s on which something else answers leaves it open", async (version) => {
    const { port, spoil } = await spoiltTls(version);
    const sending = failure(send(transport({ endpoint: `https://localhost:${port}` })));
    await spoil;
    expect(await sending).toMatchObject({ code: "tls", delivery: "unknown" });
  });

  it("that breaks within the answer leaves the outcome open", async () => {
    server.next((request, response) => {
      response.writeHead(200, { "content-type": "application/json", "content-length": "100" });
      response.write('{"MessageId":"0102"', () => request.socket.destroy());
    });
    expect(await failure(send(transport()))).toMatchObject({ code: "connection", delivery: "unknown" });
    expect(server.contacts()).toBe(1);
  });

  it("that breaks because SES refuses the mail before it is written gives the refusal", async () => {
    const port = await rawPort((socket) => {
      socket.once("data", () => {
        const head = "HTTP/1.1 413 Too Large\r\nx-amzn-errortype: RequestEntityTooLargeException\r\n";
        socket.pause().end(`${head}Connection: close\r\nContent-Length: 2\r\n\r\n{}`, () => socket.destroy());
      });
    });
    const content = new Uint8Array(20_000_000);
    const large = { attachments: [{ filename: "a.bin", content }] };
    const error = await failure(send(transport({ endpoint: `http://127.0.0.1:${port}` }), large));
    expect(error).toMatchObject({ code: "message_too_large", delivery: "not_sent" });
  });

  it("that breaks, or is given up, while the mail is being written has sent nothing", async () => {
    const large = { attachments: [{ filename: "a.bin", content: new Uint8Array(20_000_000) }] };
    const breaking = await rawPort((socket) => void socket.once("data", () => socket.pause().resetAndDestroy()));
    const broken = await failure(send(transport({ endpoint: `http://127.0.0.1:${breaking}` }), large));
    expect(broken).toMatchObject({ code: "connection", delivery: "not_sent" });
    const controller = new AbortController();
    const stuck = await rawPort((socket) => void socket.once("data", () => socket.pause() && controller.abort()));
    const sending = send(transport({ endpoint: `http://127.0.0.1:${stuck}` }), large, { signal: controller.signal });
    expect(await failure(sending)).toMatchObject({ code: "aborted", delivery: "not_sent" });
  });

  it("that takes half a mail leaves the outcome open, and does not get the other half", async () => {
    const closed = Promise.withResolvers<void>();
    const port = await rawPort((socket) => {
      const answer = 'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 17\r\n\r\n{"MessageId":"1"}';
      socket.once("data", () => socket.pause().write(answer, () => socket.resume())).once("close", closed.resolve);
    });
    const large = { attachments: [{ filename: "a.bin", content: new Uint8Array(20_000_000) }] };
    const error = await failure(send(transport({ endpoint: `http://127.0.0.1:${port}` }), large));
    expect(error).toMatchObject({ code: "unavailable", delivery: "unknown" });
    await closed.promise;
  });

  it("whose answer is longer than any of SES's is no answer, the outcome open", async () => {
    server.next((_request, response) => void response.writeHead(200).write("x".repeat(2_000_000)));
    expect(await failure(send(transport()))).toMatchObject({ code: "unavailable", delivery: "unknown" });
  });

  it("that stays silent ends with a timeout and leaves the outcome open", async () => {
    stopTime();
    server.next(() => void vi.advanceTimersByTime(500));
    expect(await failure(send(transport({ timeoutMs: 500 })))).toMatchObject({ code: "timeout", delivery: "unknown" });
    expect(server.contacts()).toBe(1);
  });

  it("that stays silent within the answer ends with a timeout and leaves the outcome open", async () => {
    stopTime();
    server.next((_request, response) => {
      response.writeHead(200, { "content-length": "100" }).write("{", () => vi.advanceTimersByTime(500));
    });
    expect(await failure(send(transport({ timeoutMs: 500 })))).toMatchObject({ code: "timeout", delivery: "unknown" });
  });

  it("whose answer drips without an end ends with a timeout, though it is never silent", async () => {
    stopTime();
    server.next((request, response) => {
      response.writeHead(200);
      const drip = setInterval(() => {
        response.write(" ");
        vi.advanceTimersByTime(50);
      }, 5);
      request.socket.once("close", () => clearInterval(drip));
    });
    expect(await failure(send(transport({ timeoutMs: 500 })))).toMatchObject({ code: "timeout", delivery: "unknown" });
  });

  it("that never stands, because TLS is not answered, has sent nothing", async () => {
    const endpoint = `https://127.0.0.1:${await rawPort(() => undefined)}`;
    const byConnection = await failure(send(transport({ endpoint, connectionTimeoutMs: 50 })));
    expect(byConnection).toMatchObject({ code: "timeout", delivery: "not_sent" });
    const byTotal = await failure(send(transport({ endpoint, timeoutMs: 50 })));
    expect(byTotal).toMatchObject({ code: "timeout", delivery: "not_sent" });
  });

  it("that breaks within the TLS handshake has sent nothing", async () => {
    const port = await rawPort((socket) => void socket.once("data", () => socket.resetAndDestroy()));
    const error = await failure(send(transport({ endpoint: `https://127.0.0.1:${port}` })));
    expect(error).toMatchObject({ code: "connection", delivery: "not_sent" });
  });

  it("to a port without TLS is a tls error", async () => {
    const port = await rawPort(
      (socket) => void socket.once("data", () => socket.write("HTTP/1.1 400 Bad Request\r\n\r\n")),
    );
    const error = await failure(send(transport({ endpoint: `https://127.0.0.1:${port}` })));
    expect(error).toMatchObject({ code: "tls", delivery: "not_sent" });
  });

  it("to a certificate that nobody vouches for is a tls error", async () => {
    const certificate = await generate([{ name: "commonName", value: "localhost" }], {
      keyType: "ec",
      algorithm: "sha256",
    });
    const tls = { key: certificate.private, cert: certificate.cert };
    const port = await rawPort(
      () => undefined,
      (handle) => createTlsServer(tls, handle).on("tlsClientError", () => undefined),
    );
    const error = await failure(send(transport({ endpoint: `https://127.0.0.1:${port}` })));
    expect(error).toMatchObject({ code: "tls", delivery: "not_sent" });
  });
});

describe("an abort of ses", () => {
  it("while the answer is awaited closes the socket and leaves the outcome open", async () => {
    const controller = new AbortController();
    const closed = new Promise((resolve) => {
      server.next((request) => {
        request.socket.once("close", resolve);
        controller.abort();
      });
    });
    const error = await failure(send(transport(), {}, { signal: controller.signal }));
    expect(error).toMatchObject({ code: "aborted", delivery: "unknown" });
    await closed;
  });

  it("within the answer leaves the outcome open", async () => {
    const controller = new AbortController();
    server.next((_request, response) => {
      response.writeHead(200, { "content-length": "100" }).write("{", () => controller.abort());
    });
    const error = await failure(send(transport(), {}, { signal: controller.signal }));
    expect(error).toMatchObject({ code: "aborted", delivery: "unknown" });
  });

  it("before the connection stands has sent nothing", async () => {
    const controller = new AbortController();
    const port = await rawPort((socket) => void socket.once("data", () => controller.abort()));
    const slow = transport({ endpoint: `https://127.0.0.1:${port}` });
    const error = await failure(send(slow, {}, { signal: controller.signal }));
    expect(error).toMatchObject({ code: "aborted", delivery: "not_sent" });
  });

  it("while credentials are awaited ends at once and has sent nothing", async () => {
    const controller = new AbortController();
    const never = () => {
      controller.abort();
      return new Promise<never>(() => undefined);
    };
    const error = await failure(send(transport({ credentials: never }), {}, { signal: controller.signal }));
    expect(error).toMatchObject({ code: "aborted", delivery: "not_sent" });
    expect(server.contacts()).toBe(0);
  });

  it("while an attachment is awaited ends at once, has sent nothing and lets the transport close", async () => {
    const controller = new AbortController();
    const content = () => {
      controller.abort();
      return new Promise<never>(() => undefined);
    };
    const one = transport();
    const error = await failure(
      send(one, { attachments: [{ filename: "a", content }] }, { signal: controller.signal }),
    );
    expect(error).toMatchObject({ code: "aborted", delivery: "not_sent" });
    await one.close?.();
    expect(server.contacts()).toBe(0);
  });

  it("for lack of time is a timeout", async () => {
    const controller = new AbortController();
    server.next(() => controller.abort(new DOMException("time is up", "TimeoutError")));
    const error = await failure(send(transport(), {}, { signal: controller.signal }));
    expect(error).toMatchObject({ code: "timeout", delivery: "unknown" });
  });

  it("of one mail leaves another in flight alone", async () => {
    const controller = new AbortController();
    const one = transport();
    const other = new Promise<string | undefined>((resolve, reject) => {
      server.next(() => {
        server.next((request, response, body) => {
          controller.abort();
          answerWith(200, { MessageId: "other" })(request, response, body);
        });
        send(one).then(({ providerId }) => resolve(providerId), reject);
      });
    });
    expect(await failure(send(one, {}, { signal: controller.signal }))).toMatchObject({ code: "aborted" });
    expect(await other).toBe("other");
  });
});

describe("a process that uses ses", () => {
  const run = async (script: string, env: NodeJS.ProcessEnv = process.env): Promise<string> => {
    const index = new URL("./index.ts", import.meta.url).href;
    const core = new URL("../../core/src/index.ts", import.meta.url).href;
    const given = `const index = ${JSON.stringify(index)}; const core = ${JSON.stringify(core)}; const endpoint = ${JSON.stringify(server.endpoint)};`;
    const options = ["--conditions=@mail/source", "--input-type=module", "--eval", given + script];
    return (await promisify(execFile)(process.execPath, options, { timeout: 60_000, env })).stdout.trim();
  };

  it("loads no SDK before the first send", { timeout: 70_000 }, async () => {
    const script = `
      import { registerHooks } from "node:module";
      const seen = [];
      registerHooks({ resolve(specifier, context, next) { const found = next(specifier, context); seen.push(found.url); return found; } });
      const { ses } = await import(index);
      ses({ region: "eu-west-1" });
      console.log(seen.length > 5, seen.filter((url) => /aws-sdk|smithy|nodemailer/.test(url)).length);`;
    expect(await run(script)).toBe("true 0");
  });

  it("ends although a connection is kept open", async () => {
    const script = `
      const { ses } = await import(index);
      const { deliver, prepareMessage, silentLogger } = await import(core);
      const transport = ses({ region: "eu-west-1", endpoint, credentials: { accessKeyId: "a", secretAccessKey: "b" } });
      const mail = prepareMessage({ from: "a@x.example", to: "b@x.example", text: "Hello" });
      const receipt = await deliver(transport, mail, { signal: new AbortController().signal, log: silentLogger });
      console.log(receipt.providerId);`;
    expect(await run(script)).toBe("0102-1");
  }, 70_000);

  it.each([
    ["region", "{ endpoint, credentials: { accessKeyId: 'a', secretAccessKey: 'b' } }"],
    ["credentials", "{ endpoint, region: 'eu-west-1' }"],
  ])(
    "and has no %s anywhere gets a configuration error before anything is sent",
    async (missing, options) => {
      const script = `
      const { ses } = await import(index);
      const { silentLogger } = await import(core);
      const context = { signal: new AbortController().signal, log: silentLogger };
      await ses(${options}).verify(context).catch(({ code, hint }) => console.log(code, hint));`;
      const env = {
        AWS_CONFIG_FILE: "/nonexistent",
        AWS_SHARED_CREDENTIALS_FILE: "/nonexistent",
        AWS_EC2_METADATA_DISABLED: "true",
      };
      expect(await run(script, env)).toMatch(new RegExp(`^configuration .*\`${missing}\``));
      expect(server.contacts()).toBe(0);
    },
    70_000,
  );
});
