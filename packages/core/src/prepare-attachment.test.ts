import { execFileSync } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import type { Attachment, PreparedAttachment } from "./attachment.ts";
import { file } from "./file.ts";
import { MailError } from "./mail-error.ts";
import { rejection } from "./memory-transport.fixture.ts";
import { prepareAttachment } from "./prepare-attachment.ts";

const prepare = (attachment: unknown, index = 0): PreparedAttachment =>
  prepareAttachment(attachment as Attachment, index);

const textOf = async (attachment: PreparedAttachment): Promise<string> =>
  Buffer.from(await attachment.bytes()).toString("utf8");

async function* generate(...chunks: unknown[]): AsyncGenerator<unknown> {
  yield* chunks;
}

const webStream = (): ReadableStream<Uint8Array> => new Blob(["Grüße"]).stream();
const bytes = new TextEncoder().encode("Grüße");

describe("content of every kind gives the same bytes", () => {
  test.each<[string, () => unknown, number | undefined, boolean]>([
    ["a string", () => "Grüße", 7, true],
    ["bytes", () => bytes, 7, true],
    ["a part of a larger buffer", () => Buffer.from("xxGrüßexx").subarray(2, 9), 7, true],
    ["a Blob", () => new Blob(["Grü", "ße"]), 7, true],
    ["a File", () => new File(["Grüße"], "a.txt"), 7, true],
    ["a web stream", webStream, undefined, false],
    ["a Node stream", () => Readable.from([Buffer.from("Grü"), Buffer.from("ße")]), undefined, false],
    ["a Node stream of text", () => Readable.from(["Grü", "ße"]), undefined, false],
    ["a generator", () => generate("Grü", bytes.subarray(4)), undefined, false],
    ["a function that gives a string", () => () => "Grüße", undefined, true],
    ["a function that gives bytes later", () => async () => bytes, undefined, true],
    ["a function that gives a Blob", () => () => new Blob(["Grüße"]), undefined, true],
    ["a function that opens a web stream", () => webStream, undefined, true],
    ["a function that opens a generator", () => () => generate("Grü", "ße"), undefined, true],
  ])("%s", async (_, content, size, reopenable) => {
    const attachment = prepare({ content: content() });
    expect(attachment.size).toBe(size);
    expect(attachment).toMatchObject({ reopenable, readable: true });
    expect(await textOf(attachment)).toBe("Grüße");
    expect(attachment.readable).toBe(reopenable);
  });

  test("nothing is empty content, whoever gives it", async () => {
    for (const content of ["", new Uint8Array(), new Blob([]), Readable.from([]), generate(), () => ""])
      expect((await prepare({ content }).bytes()).byteLength).toBe(0);
  });

  test("a function opens the content anew each time, and not before it is read", async () => {
    const open = vi.fn(() => generate("a", "b"));
    const attachment = prepare({ content: open });
    expect(open).not.toHaveBeenCalled();
    expect([await textOf(attachment), await textOf(attachment)]).toEqual(["ab", "ab"]);
    expect(open).toHaveBeenCalledTimes(2);
  });

  test("leaving off early ends the stream behind", async () => {
    const cancel = vi.fn();
    const content = new ReadableStream<Uint8Array>({ pull: (controller) => controller.enqueue(bytes), cancel });
    for await (const _ of prepare({ content }).stream()) break;
    expect(cancel).toHaveBeenCalledOnce();
  });
});

describe("base64", () => {
  test.each([
    ["aGVsbG8=", "hello"],
    ["aGVsbG8", "hello"],
    ["aGVs\r\nbG8=\r\n", "hello"],
    ["", ""],
  ])("%j is decoded", async (content, text) => {
    const attachment = prepare({ content, encoding: "base64" });
    expect(attachment.size).toBe(text.length);
    expect(await textOf(attachment)).toBe(text);
  });

  test.each(["aGVsbG8*", "a", "aGVsb", "=", "aGVs=bG8=", "aGVsbG8===", "data:text/plain;base64,aGVsbG8=", "aGVs_G8="])(
    "%j is refused",
    (content) => {
      expect(() => prepare({ content, encoding: "base64" }, 3)).toThrow(
        expect.objectContaining({ code: "invalid_message", field: "attachments[3].content" }),
      );
    },
  );

  test("of any length is checked and decoded", async () => {
    const content = Buffer.alloc(30_000_000, "a").toString("base64");
    const attachment = prepare({ content, encoding: "base64" });
    expect(attachment.size).toBe(30_000_000);
    expect(() => prepare({ content: `${content}!`, encoding: "base64" })).toThrow(MailError);
  });
});

describe("a bare stream serves one attempt", () => {
  const streams: [string, () => unknown][] = [
    ["a web stream", webStream],
    ["a Node stream", () => Readable.from(["x"])],
    ["a generator", () => generate("x")],
  ];

  test.each(streams)("%s is refused the second time, in another message too", async (_, open) => {
    const content = open();
    const [first, second] = [prepare({ content }), prepare({ content }, 1)];
    await first.bytes();
    expect([first.readable, second.readable]).toEqual([false, false]);
    const refusal = { code: "invalid_message", retryable: false, hint: expect.stringContaining("function") };
    expect(await rejection(first.bytes())).toMatchObject({ ...refusal, field: "attachments[0].content" });
    expect(await rejection(second.bytes())).toMatchObject({ ...refusal, field: "attachments[1].content" });
    expect(prepare({ content }).readable).toBe(false);
  });

  test("what somebody else has read or locked is not readable", async () => {
    const node = Readable.from(["x"]);
    for await (const _ of node);
    const locked = webStream();
    locked.getReader();
    const used = webStream();
    await new Response(used).text();
    for (const content of [node, locked, used]) expect(prepare({ content }).readable).toBe(false);
  });

  test("one that stands in two attachments is read for the first and refused for the second", async () => {
    const content = webStream();
    const both = [prepare({ content }), prepare({ content }, 1)];
    const results = await Promise.allSettled(both.map((attachment) => attachment.bytes()));
    expect(results.map(({ status }) => status)).toEqual(["fulfilled", "rejected"]);
  });
});

describe("content that cannot be read is an invalid message", () => {
  const cause = new Error("disk on fire");
  const destroyed = Readable.from(["x"]);
  destroyed.destroy();
  test.each<[string, unknown]>([
    [
      "a function that throws",
      () => {
        throw cause;
      },
    ],
    ["a function that rejects", () => Promise.reject(cause)],
    [
      "a function that throws no error",
      () => {
        throw Object.create(null);
      },
    ],
    ["a function that gives nothing", () => undefined],
    ["a function that gives null", () => null],
    ["a function that gives a number", () => 5],
    ["a function that gives a function", () => () => "x"],
    ["a stream of numbers", generate(1)],
    ["a stream of nothing", Readable.from([{}])],
    [
      "a stream that fails later",
      (async function* () {
        yield "x";
        throw cause;
      })(),
    ],
    ["a web stream that fails", new ReadableStream({ start: (controller) => controller.error(cause) })],
    ["a stream that was destroyed", destroyed],
  ])("%s", async (_, content) => {
    const error = await rejection(prepare({ content }, 2).bytes());
    expect(error).toMatchObject({
      name: "MailError",
      code: "invalid_message",
      field: "attachments[2].content",
      delivery: "not_sent",
      hint: expect.any(String),
    });
  });

  test("with the reason in the text and the error as its cause", async () => {
    const error = await rejection(prepare({ content: () => Promise.reject(cause) }).bytes());
    expect(error).toMatchObject({ message: "attachments[0].content: cannot be read: disk on fire", cause });
  });

  test("while a MailError of the app's own passes as it is", async () => {
    const own = new MailError("no such invoice", { code: "invalid_message", field: "invoice" });
    expect(await rejection(prepare({ content: () => Promise.reject(own) }).bytes())).toBe(own);
  });
});

describe("an attachment of the wrong shape is refused with the field named", () => {
  test.each([
    [null, ""],
    ["report.pdf", ""],
    [Buffer.from("x"), ""],
    [[], ""],
    [new Blob(["x"]), ".content"],
    [() => "x", ".content"],
    [{}, ".content"],
    [{ content: null }, ".content"],
    [{ content: 5 }, ".content"],
    [{ content: {} }, ".content"],
    [{ content: ["a"] }, ".content"],
    [{ content: new ArrayBuffer(1) }, ".content"],
    [{ content: new Uint16Array(1) }, ".content"],
    [{ content: Promise.resolve("x") }, ".content"],
    [{ path: "/etc/passwd" }, ".path"],
    [{ content: "x", href: "https://x.example" }, ".href"],
    [{ content: "x", filename: 5 }, ".filename"],
    [{ content: "x", filename: null }, ".filename"],
    [{ content: "x", filename: "" }, ".filename"],
    [{ content: "x", filename: "a\r\nb" }, ".filename"],
    [{ content: "x", filename: "a".repeat(901) }, ".filename"],
    [{ content: "x", contentType: `a/b; c="${"d".repeat(900)}"` }, ".contentType"],
    [{ content: "x", encoding: "hex" }, ".encoding"],
    [{ content: Buffer.from("x"), encoding: "base64" }, ".encoding"],
    [{ content: () => "x", encoding: "base64" }, ".encoding"],
    [{ content: "x", disposition: "embedded" }, ".disposition"],
    [{ content: "x", disposition: Object.create(null) }, ".disposition"],
    [{ content: "x", contentId: "<logo>" }, ".contentId"],
    [{ content: "x", contentId: "lo go" }, ".contentId"],
    [{ content: "x", contentId: "lögo" }, ".contentId"],
    [{ content: "x", contentId: "" }, ".contentId"],
    [{ content: "x", contentId: "a".repeat(251) }, ".contentId"],
    [{ content: "x", contentType: "pdf" }, ".contentType"],
    [{ content: "x", contentType: "" }, ".contentType"],
    [{ content: "x", contentType: "text/plain; charset" }, ".contentType"],
    [{ content: "x", contentType: "text/plain\r\nBcc: eve@example.com" }, ".contentType"],
    [{ content: "x", contentType: 'text/plain; name="ü"' }, ".contentType"],
    [{ content: "x", contentType: "text/plain;\u00a0a=b" }, ".contentType"],
    [{ content: "x", contentType: "Multipart/mixed" }, ".contentType"],
  ])("%o", (attachment, place) => {
    expect(() => prepare(attachment, 1)).toThrow(
      expect.objectContaining({ name: "MailError", code: "invalid_message", field: `attachments[1]${place}` }),
    );
  });
});

describe("the media type", () => {
  test.each<[Omit<Attachment, "content"> & { content?: unknown }, string]>([
    [{ filename: "report.PDF" }, "application/pdf"],
    [{ filename: "notes.txt" }, "text/plain; charset=utf-8"],
    [{ filename: "notes.txt", content: Buffer.from("x") }, "text/plain"],
    [{ filename: "notes.txt", content: "4eE=", encoding: "base64" }, "text/plain"],
    [{ filename: "README" }, "application/octet-stream"],
    [{ filename: "a.unheard-of" }, "application/octet-stream"],
    [{}, "application/octet-stream"],
    [{ filename: "a.txt", content: new Blob(["x"], { type: "image/png" }) }, "image/png"],
    [{ filename: "a.png", content: new Blob(["x"]) }, "image/png"],
    [{ filename: "a.png", content: new Blob(["x"], { type: "picture" }) }, "image/png"],
    [
      { content: Object.defineProperty(new Blob(["x"]), "type", { value: "a/b\r\nBcc: c" }) },
      "application/octet-stream",
    ],
    [
      { filename: "a.txt", contentType: "text/csv; charset=utf-8; header=present" },
      "text/csv; charset=utf-8; header=present",
    ],
    [{ contentType: 'message/rfc822;name="a b.eml"' }, 'message/rfc822;name="a b.eml"'],
    [{ contentType: "application/vnd.oasis.opendocument.text" }, "application/vnd.oasis.opendocument.text"],
  ])("of %o is %s", (fields, contentType) => {
    expect(prepare({ content: "x", ...fields }).contentType).toBe(contentType);
  });
});

test("a content id makes an attachment inline unless it says otherwise", () => {
  expect(prepare({ content: "x" })).toMatchObject({ disposition: "attachment" });
  expect(prepare({ content: "x", contentId: "logo@acme" })).toMatchObject({
    disposition: "inline",
    contentId: "logo@acme",
  });
  expect(prepare({ content: "x", contentId: "logo", disposition: "attachment" }).disposition).toBe("attachment");
  expect(prepare({ content: "x", disposition: "inline" }).disposition).toBe("inline");
});

describe("file(path)", () => {
  let directory: string;
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), "mail-core-"));
    await writeFile(join(directory, "report.pdf"), "%PDF");
  });
  afterAll(() => rm(directory, { recursive: true }));

  test("is an attachment with the file's name and type", async () => {
    const attachment = prepare(file(join(directory, "report.pdf")));
    expect(attachment).toMatchObject({ filename: "report.pdf", contentType: "application/pdf", reopenable: true });
    expect([await textOf(attachment), await textOf(attachment)]).toEqual(["%PDF", "%PDF"]);
  });

  test("is content under another name", async () => {
    const attachment = prepare({ filename: "q3.txt", content: file(join(directory, "report.pdf")) });
    expect(attachment).toMatchObject({ filename: "q3.txt", contentType: "text/plain" });
    expect(await textOf(attachment)).toBe("%PDF");
  });

  test("has the content of the file, however large, and its size when asked", async () => {
    const content = Buffer.from(Array.from({ length: 200_000 }, (_, place) => place * 7));
    await writeFile(join(directory, "large.bin"), content);
    const attachment = prepare(file(join(directory, "large.bin")));
    expect(attachment.size).toBe(undefined);
    expect(await attachment.measure()).toBe(200_000);
    expect(content.equals(await attachment.bytes())).toBe(true);
    const chunks: Uint8Array[] = [];
    for await (const chunk of attachment.stream()) chunks.push(chunk);
    expect(content.equals(Buffer.concat(chunks))).toBe(true);
    const copies: Buffer[] = [];
    const memories = new Set<ArrayBufferLike>();
    for await (const chunk of attachment.stream({ inPlace: true })) {
      copies.push(Buffer.from(chunk));
      memories.add(chunk.buffer);
    }
    expect(memories.size).toBe(1);
    expect(content.equals(Buffer.concat(copies))).toBe(true);
  });

  test("has no size where there is nothing to measure", async () => {
    expect(await prepare({ content: "four" }).measure()).toBe(4);
    expect(await prepare({ content: () => "four" }).measure()).toBe(undefined);
    expect(await prepare(file("/dev/null")).measure()).toBe(undefined);
    expect(await prepare(file(directory)).measure()).toBe(undefined);
    const error = await rejection(prepare(file(join(directory, "missing.pdf"))).measure());
    expect(error).toMatchObject({ code: "invalid_message", field: "attachments[0].content" });
  });

  test.skipIf(process.platform === "win32")(
    "gives what comes out of a pipe, of which nothing is lost by measuring",
    async () => {
      const pipe = join(directory, "pipe");
      execFileSync("mkfifo", [pipe]);
      const written = writeFile(pipe, "from a pipe");
      const attachment = prepare(file(pipe));
      expect(await attachment.measure()).toBe(undefined);
      expect(await textOf(attachment)).toBe("from a pipe");
      await written;
    },
  );

  test.each([
    ["missing.pdf", "ENOENT"],
    [".", "EISDIR"],
  ])("%s is an invalid message", async (name, code) => {
    const error = await rejection(prepare(file(join(directory, name)), 1).bytes());
    expect(error).toMatchObject({ code: "invalid_message", field: "attachments[1].content", cause: { code } });
  });
});
