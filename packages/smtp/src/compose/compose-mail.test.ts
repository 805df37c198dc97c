import { type Attachment, MailError, type Message, prepareMessage } from "@mail/core";
import PostalMime from "postal-mime";
import { describe, expect, it, vi } from "vitest";
import { hello } from "../sending.fixture.ts";
import { composeMail } from "./compose-mail.ts";
import { EncodedAttachments } from "./encoded-attachments.ts";
import type { MailBytes } from "./join-pieces.ts";

const large = Buffer.alloc(3_000_000, "0123456789abcdef ");

function compose(message: Message, encoded = new EncodedAttachments()): MailBytes | Promise<MailBytes> {
  return composeMail(prepareMessage({ ...hello, ...message }), encoded);
}

const attaching = async (content: Attachment["content"]): Promise<MailBytes> =>
  compose({ attachments: [{ filename: "a.bin", content }] });

async function read({ body }: MailBytes): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of typeof body === "function" ? body() : body) parts.push(part);
  return Buffer.concat(parts);
}

async function attachedTo(source: Buffer): Promise<Buffer> {
  const { attachments } = await PostalMime.parse(source);
  return Buffer.from(attachments[0]?.content as ArrayBuffer);
}

/** A stream of `chunks` times 64 KB that counts what is read of it. */
function counted(chunks: number, failsAt = Number.POSITIVE_INFINITY) {
  const state = { read: 0, closed: false };
  async function* stream(): AsyncGenerator<Uint8Array> {
    try {
      for (let index = 0; index < chunks; index++) {
        if (index === failsAt) throw new Error("disk on fire");
        state.read++;
        yield Buffer.alloc(65_536, index);
      }
    } finally {
      state.closed = true;
    }
  }
  return { state, stream };
}

describe("a mail without attachments", () => {
  it("is ready at once, in one buffer of known size", () => {
    const composed = compose({ text: "Hello", html: "<p>Hello" });
    expect(composed).not.toBeInstanceOf(Promise);
    const { body, size } = composed as MailBytes;
    expect(body).toHaveLength(1);
    expect(size).toBe((body as readonly Buffer[])[0]?.byteLength);
  });

  it("holds no text that looks like its boundaries", async () => {
    const mail = prepareMessage({ ...hello, text: "x", html: "x" });
    const text = `--=_1_${mail.id}--\n--=_1_${mail.id}\n`;
    const { body } = composeMail({ ...mail, text, html: text }, new EncodedAttachments()) as MailBytes;
    const parsed = await PostalMime.parse(Buffer.concat(body as readonly Buffer[]));
    expect([parsed.text?.trimEnd(), parsed.html?.trimEnd()]).toEqual([text.trimEnd(), text.trimEnd()]);
  });
});

describe("an attachment", () => {
  it("stands in a buffer of its own where it is large, shared among mails", async () => {
    const encoded = new EncodedAttachments();
    const attachments = [{ content: large }];
    const bodies: (readonly Buffer[])[] = [];
    for (let mail = 0; mail < 3; mail++) bodies.push((await compose({ attachments }, encoded)).body as Buffer[]);
    expect(bodies.map((body) => body.length)).toEqual([3, 3, 3]);
    expect(bodies[2]?.[1]).toBe(bodies[1]?.[1]);
  });

  it("of a function is opened anew for each attempt where it is large, and once where it is small", async () => {
    const open = vi.fn(() => new Blob([large]).stream());
    const composed = await attaching(open);
    expect(composed.size).toBeUndefined();
    for (let attempt = 0; attempt < 2; attempt++) {
      expect((await attachedTo(await read(composed))).equals(large)).toBe(true);
      expect(open).toHaveBeenCalledTimes(attempt + 2);
    }
    const small = vi.fn(() => new Blob(["small"]).stream());
    const { body, size } = await attaching(small);
    expect(body).toHaveLength(1);
    expect(size).toBeGreaterThan(0);
    expect(small).toHaveBeenCalledTimes(1);
  });

  it("of a large stream is read as far as it is asked for", async () => {
    const { state, stream } = counted(100);
    const { body } = await attaching(stream());
    expect(state.read).toBeLessThan(20);
    let encodedBytes = 0;
    for await (const part of (body as () => AsyncIterable<Buffer>)()) {
      encodedBytes += part.byteLength;
      expect(part.byteLength).toBeLessThan(100_000);
      if (encodedBytes > 3_000_000) break;
    }
    expect(state.read).toBeLessThan(40);
    expect(state.closed).toBe(true);
  });

  it("of a large stream arrives whole, once", async () => {
    const { stream } = counted(40);
    const composed = await attaching(stream());
    expect((await attachedTo(await read(composed))).byteLength).toBe(40 * 65_536);
    await expect(read(composed)).rejects.toMatchObject({ code: "invalid_message", field: "attachments[0].content" });
  });

  it("of a large stream is closed where the mail is never sent", async () => {
    const { state, stream } = counted(40);
    const composed = await attaching(stream());
    composed.release?.();
    await expect.poll(() => state.closed).toBe(true);
  });

  it("of a large stream is closed where another one cannot be read", async () => {
    const [good, bad] = [counted(40), counted(40, 3)];
    const attachments = [{ content: good.stream() }, { content: bad.stream() }];
    await expect(compose({ attachments })).rejects.toMatchObject({ field: "attachments[1].content" });
    await expect.poll(() => good.state.closed).toBe(true);
  });

  it("of known size makes the mail's size known, however it is read", async () => {
    const huge = new Blob([Buffer.alloc(11_000_000, "abc")]);
    const composed = await attaching(huge);
    expect(typeof composed.body).toBe("function");
    expect(composed.size).toBe((await read(composed)).byteLength);
  });

  it("that cannot be read is told before the mail is ready, or where it breaks off", async () => {
    const early = counted(40, 3);
    await expect(attaching(early.stream)).rejects.toSatisfy(MailError.is);
    const late = counted(40, 30);
    const composed = await attaching(late.stream);
    await expect(read(composed)).rejects.toMatchObject({ code: "invalid_message", delivery: "not_sent" });
  });
});
