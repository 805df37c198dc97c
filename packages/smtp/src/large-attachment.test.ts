import { randomBytes } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { file } from "@mail/core";
import { describe, expect, it } from "vitest";
import { mailServer } from "./mail-server.fixture.ts";
import { failure, send } from "./sending.fixture.ts";
import { smtp } from "./smtp-transport.ts";

const host = "127.0.0.1";
const chunkBytes = 65_536;

/** 3 MB that are given as they are asked for, to the end or not. */
async function* content(failsAt = Number.POSITIVE_INFINITY): AsyncGenerator<Uint8Array> {
  for (let chunk = 0; chunk < 48; chunk++) {
    if (chunk === failsAt) throw new Error("disk on fire");
    yield Buffer.alloc(chunkBytes, chunk);
  }
}

/** Files with content that does not repeat. */
async function directory(): Promise<
  AsyncDisposable & { write(size: number): Promise<{ readonly path: string; readonly bytes: Buffer }> }
> {
  const path = await mkdtemp(join(tmpdir(), "mail-smtp-"));
  return {
    async write(size) {
      const file = { path: join(path, `${size}.bin`), bytes: randomBytes(size) };
      await writeFile(file.path, file.bytes);
      return file;
    },
    [Symbol.asyncDispose]: () => rm(path, { recursive: true }),
  };
}

describe("an attachment that is read while the mail is sent", () => {
  it("arrives byte for byte, from a function and from a stream", async () => {
    await using server = await mailServer();
    const transport = smtp({ host, port: server.port });
    const attachments = [{ content: () => content() }, { content: content() }];
    await send(transport, { attachments });
    const whole = Buffer.concat(Array.from({ length: 48 }, (_, chunk) => Buffer.alloc(chunkBytes, chunk)));
    const arrived = server.taken[0]?.parsed.attachments ?? [];
    expect(arrived).toHaveLength(2);
    for (const attachment of arrived) expect(Buffer.from(attachment.content as ArrayBuffer).equals(whole)).toBe(true);
    await transport.close?.();
  });

  it("arrives byte for byte from files, several at once and one after the other, and the server knows its size", async () => {
    await using files = await directory();
    const sizes: number[] = [];
    await using server = await mailServer({
      size: 20_000_000,
      onMailFrom({ args }, _session, done) {
        sizes.push(Number(typeof args === "object" && args["SIZE"]));
        done();
      },
    });
    const transport = smtp({ host, port: server.port, maxConnections: 2 });
    const contents = await Promise.all([1_100_000, 2_000_003, 58_368 * 40].map((size) => files.write(size)));
    const attachments = contents.map(({ path }) => file(path));
    await Promise.all(Array.from({ length: 6 }, () => send(transport, { attachments })));
    expect(server.taken).toHaveLength(6);
    for (const [index, { parsed, source }] of server.taken.entries()) {
      const arrived = parsed.attachments.map(({ content }) => Buffer.from(content as ArrayBuffer));
      expect(arrived.map((bytes, place) => bytes.equals(contents[place]?.bytes ?? bytes))).toEqual([true, true, true]);
      expect(sizes[index]).toBe(source.length);
    }
    await transport.close?.();
  });

  it("and breaks off means that nothing was sent, and hurts no mail after it", async () => {
    await using server = await mailServer();
    const transport = smtp({ host, port: server.port });
    await send(transport);
    const error = await failure(send(transport, { attachments: [{ content: () => content(40) }] }));
    expect(error).toMatchObject({ code: "invalid_message", delivery: "not_sent", field: "attachments[0].content" });
    await send(transport);
    expect(server.taken).toHaveLength(2);
    await transport.close?.();
  });

  it("is refused as any other where the server finds it too large", async () => {
    await using server = await mailServer({
      onData(stream, _session, done) {
        stream.resume().on("end", () => done(Object.assign(new Error("5.3.4 too large"), { responseCode: 552 })));
      },
    });
    const transport = smtp({ host, port: server.port });
    const error = await failure(send(transport, { attachments: [{ content: () => content() }] }));
    expect(error).toMatchObject({ code: "message_too_large", delivery: "not_sent" });
    await transport.close?.();
  });
});
