import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { brotliCompressSync, constants, deflateSync, gzipSync } from "node:zlib";
import { createMailer, MailError, type Transport } from "@mail/core";
import { mailgun } from "@mail/mailgun";
import { sendgrid } from "@mail/sendgrid";
import { ses } from "@mail/ses";
import { describe, expect, test } from "vitest";
import { inTime, patienceMs } from "./fuzz.ts";
import { apiFuzzServer } from "./servers/api-fuzz-server.ts";

const transports: Readonly<Record<string, (url: string, timeoutMs?: number) => Transport>> = {
  sendgrid: (baseUrl, timeoutMs) => sendgrid({ apiKey: "SG.s3cret-key", baseUrl, timeoutMs }),
  mailgun: (baseUrl, timeoutMs) => mailgun({ apiKey: "key-s3cret", domain: "mg.acme.example", baseUrl, timeoutMs }),
  ses: (endpoint, timeoutMs) =>
    ses({
      timeoutMs,
      region: "eu-west-1",
      credentials: { accessKeyId: "AKIAEXAMPLE", secretAccessKey: "s3cret-key" },
      endpoint,
    }),
};

async function startServer(answer: (request: IncomingMessage, response: ServerResponse) => void) {
  const server = createServer((request, response) => {
    response.on("error", () => undefined);
    request.resume().on("end", () => answer(request, response));
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const mebibyte = 1024 * 1024;
const unpackedBytes = 256 * mebibyte;
const zeros = Buffer.alloc(unpackedBytes);
const bombs: Readonly<Record<string, Buffer>> = {
  gzip: gzipSync(zeros, { level: 9 }),
  deflate: deflateSync(zeros, { level: 9 }),
  br: brotliCompressSync(zeros, { params: { [constants.BROTLI_PARAM_QUALITY]: 4 } }),
};

describe.each(Object.keys(transports))("%s", (name) => {
  const open = transports[name] as (url: string, timeoutMs?: number) => Transport;
  const message = { from: "hello@acme.example", to: "ada@example.com", subject: "Hi", text: "Hello" };

  test.each(Object.keys(bombs))(
    "unpacks no answer in %s that is far larger than any answer",
    async (encoding) => {
      await using server = await startServer((_request, response) => {
        response.writeHead(200, { "Content-Type": "application/json", "Content-Encoding": encoding });
        response.end(bombs[encoding]);
      });
      await using mailer = createMailer({ transport: open(server.url) });
      const before = process.memoryUsage.rss();
      let most = before;
      const watch = setInterval(() => {
        most = Math.max(most, process.memoryUsage.rss());
      }, 5);
      const error = await inTime(mailer.send(message).catch((thrown: unknown) => thrown)).finally(() =>
        clearInterval(watch),
      );
      most = Math.max(most, process.memoryUsage.rss());
      expect(MailError.is(error) && error.delivery).toBe("unknown");
      expect((most - before) / mebibyte).toBeLessThan(128);
    },
    patienceMs,
  );

  test("ends by its time limit where empty lines come instead of an answer, which Node skips without end", async () => {
    const answer = { bytes: Buffer.alloc(0), endless: Buffer.from("\r\n") };
    await using server = await apiFuzzServer({ yes: true, early: false, answer });
    await using mailer = createMailer({ transport: open(server.url, 1_500) });
    const error = await inTime(mailer.send(message).catch((thrown: unknown) => thrown));
    expect(error).toMatchObject({ code: "timeout", delivery: "unknown" });
  });

  test.each([301, 302, 303, 307, 308])(
    "takes neither key nor mail to where an answer with %d points",
    async (status) => {
      const visits: string[] = [];
      await using elsewhere = await startServer((request, response) => {
        visits.push(`${request.method} ${request.url}`);
        response.writeHead(200).end("{}");
      });
      await using server = await startServer((request, response) => {
        response.writeHead(status, { Location: `${elsewhere.url}${request.url}` }).end();
      });
      await using mailer = createMailer({ transport: open(server.url) });
      const error = await inTime(mailer.send(message).catch((thrown: unknown) => thrown));
      expect(error).toMatchObject({ code: "configuration", delivery: "not_sent" });
      expect(visits).toEqual([]);
    },
  );
});
