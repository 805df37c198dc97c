import { randomBytes } from "node:crypto";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { MailError, type Message, type PreparedMessage, prepareMessage } from "@mail/core";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { BlobStore } from "./blob-store.ts";
import { folderBlobs } from "./folder-blobs.ts";
import { type EncryptionOptions, PayloadCipher } from "./payload-cipher.ts";
import { PayloadCodec } from "./payload-codec.ts";

const hello = { from: "hello@acme.example", to: "ada@example.com", subject: "Hi", text: "code 123456" } as const;
const prepared = (message: Message = {}) => prepareMessage({ ...hello, ...message });
const failure = async (work: Promise<unknown>) =>
  await work.then(
    () => undefined,
    (error: unknown) => error,
  );
const codec = (options: { blobs?: BlobStore; encryption?: EncryptionOptions; blobFromBytes?: number } = {}) =>
  new PayloadCodec({
    blobs: options.blobs,
    blobFromBytes: options.blobFromBytes ?? 1_000,
    cipher: options.encryption === undefined ? undefined : new PayloadCipher(options.encryption),
  });
const roundTrip = async (mail: PreparedMessage, one = codec()) => one.decode(mail.id, (await one.encode(mail)).payload);
const key = () => randomBytes(32);

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "mail-blobs-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe("a payload", () => {
  test("gives the mail back as it was", async () => {
    const mail = prepared({
      to: ["Ada <ada@example.com>", "j.ö@bücher.example"],
      html: "<p>\u{1F600} Grüße</p>",
      headers: { "X-A": "ä" },
      tags: ["a"],
      metadata: { constructor: "x", __proto__x: "y" },
      calendar: { content: "BEGIN:VCALENDAR", method: "REQUEST" },
      tracking: { opens: true },
      unsubscribe: { url: "https://acme.example/u", oneClick: true },
      providerOptions: { ses: { configurationSetName: "c" } } as never,
    });
    const { attachments, ...rest } = await roundTrip(mail);
    const { attachments: _, ...same } = mail;
    expect(rest).toEqual(same);
    expect(attachments).toEqual([]);
  });

  test("keeps bytes as they are, of strings, Blobs, streams and functions alike", async () => {
    const bytes = randomBytes(70_000);
    const mail = prepared({
      attachments: [
        { filename: "a.bin", content: bytes },
        { filename: "empty.txt", content: "" },
        { filename: "b.bin", content: Readable.from([bytes.subarray(0, 10), bytes.subarray(10)]) },
        { filename: "c.bin", content: () => new Blob([bytes]), contentId: "c" },
      ],
    });
    const { attachments } = await roundTrip(mail);
    expect(attachments).toMatchObject([
      { filename: "a.bin", size: 70_000, readable: true, reopenable: true },
      { filename: "empty.txt", size: 0 },
      { filename: "b.bin", size: 70_000 },
      { filename: "c.bin", contentId: "c", disposition: "inline" },
    ]);
    for (const index of [0, 2, 3, 0])
      expect(Buffer.from((await attachments[index]?.bytes()) ?? []).equals(bytes)).toBe(true);
    const chunks: Uint8Array[] = [];
    for await (const chunk of attachments[0]?.stream() ?? []) chunks.push(chunk);
    expect(Buffer.concat(chunks).equals(bytes)).toBe(true);
  });

  test("is deflated where that makes it smaller", async () => {
    const { payload } = await codec().encode(prepared({ text: "Hello ".repeat(10_000) }));
    expect(payload.byteLength).toBeLessThan(2_000);
    const { text } = await roundTrip(prepared({ text: "Hello ".repeat(10_000) }));
    expect(text).toHaveLength(60_000);
  });

  test("of version 1 stays readable", async () => {
    const mail = await codec().decode("019b7a2c-0000-7000-8000-000000000001", Buffer.from(versionOne, "base64"));
    expect(mail).toMatchObject({
      subject: "Hi",
      envelope: { to: ["ada@example.com"] },
      date: new Date(1_767_268_800_000),
    });
    expect(Buffer.from((await mail.attachments[0]?.bytes()) ?? []).toString()).toBe("attached");
  });

  test.each([
    ["rubbish", () => Buffer.from("rubbish"), "invalid_message"],
    ["empty", () => Buffer.alloc(0), "invalid_message"],
    ["cut", (payload: Buffer) => payload.subarray(0, payload.byteLength - 30), "invalid_message"],
    ["changed", (payload: Buffer) => Buffer.concat([payload.subarray(0, 5), Buffer.alloc(50, 255)]), "invalid_message"],
    [
      "of a newer version",
      (payload: Buffer) => Buffer.concat([payload.subarray(0, 2), Buffer.from([2]), payload.subarray(3)]),
      "configuration",
    ],
  ])("that is %s is told apart", async (_name, damage, code) => {
    const mail = prepared();
    const { payload } = await codec().encode(mail);
    expect(await failure(codec().decode(mail.id, damage(Buffer.from(payload))))).toMatchObject({
      code,
      field: "payload",
    });
  });

  test("that would fill the memory once it is unpacked is refused", async () => {
    const { deflateRawSync } = await import("node:zlib");
    const bomb = Buffer.concat([Buffer.from([0x4d, 0x51, 1, 1, 0]), deflateRawSync(Buffer.alloc(300 * 1024 * 1024))]);
    expect(await failure(codec().decode("x", bomb))).toMatchObject({ code: "invalid_message" });
  });

  test("of another mail is not taken for this one", async () => {
    const { payload } = await codec().encode(prepared());
    expect(await failure(codec().decode("other", payload))).toMatchObject({ code: "invalid_message" });
  });

  test("refuses what JSON cannot keep, and a file that cannot be read, by name", async () => {
    const withOptions = prepared({ providerOptions: { ses: { client: new Map() } } as never });
    expect(await failure(codec().encode(withOptions))).toMatchObject({
      code: "invalid_message",
      field: "providerOptions.ses.client",
    });
    const broken = prepared({ attachments: [{ content: () => Promise.reject(new Error("no file")) }] });
    expect(await failure(codec().encode(broken))).toMatchObject({
      code: "invalid_message",
      field: "attachments[0].content",
    });
  });
});

describe("encryption", () => {
  test("hides the mail, and opens with the old key after a rotation", async () => {
    const [first, second] = [key(), key()];
    const before = codec({ encryption: { keys: { a: first }, current: "a" } });
    const after = codec({ encryption: { keys: { a: first, b: second }, current: "b" } });
    const mail = prepared();
    const { payload } = await before.encode(mail);
    expect(payload.includes("123456")).toBe(false);
    expect(await after.decode(mail.id, payload)).toMatchObject({ text: "code 123456" });
    const newer = await after.encode(mail);
    expect(await failure(before.decode(mail.id, newer.payload))).toMatchObject({
      code: "configuration",
      field: "encryption.keys",
    });
    expect(await failure(codec().decode(mail.id, payload))).toMatchObject({
      code: "configuration",
      field: "encryption",
    });
  });

  test("tells a changed payload, another mail's payload and a wrong key from a sound one", async () => {
    const encryption = { keys: { a: key() }, current: "a" };
    const one = codec({ encryption });
    const [mail, other] = [prepared(), prepared()];
    const { payload } = await one.encode(mail);
    const changed = Buffer.from(payload);
    changed.writeUInt8(changed.readUInt8(changed.byteLength - 1) ^ 1, changed.byteLength - 1);
    for (const work of [
      one.decode(mail.id, changed),
      one.decode(other.id, payload),
      codec({ encryption: { keys: { a: key() }, current: "a" } }).decode(mail.id, payload),
    ])
      expect(await failure(work)).toMatchObject({ code: "invalid_message", field: "payload" });
  });

  test("no key is in an error", async () => {
    const secret = key();
    const one = codec({ encryption: { keys: { a: secret }, current: "a" } });
    const error = (await failure(one.decode("x", Buffer.from([0x4d, 0x51, 1, 2, 1, 97, ...randomBytes(40)])))) as Error;
    expect(`${error.stack}${JSON.stringify(error)}`).not.toContain(secret.toString("base64"));
  });
});

describe("large attachments", () => {
  const content = Buffer.alloc(5_000, "x");
  const mail = () =>
    prepared({
      attachments: [
        { filename: "../../etc/passwd", content },
        { filename: "small", content: "s" },
      ],
    });

  test("go to the blob store under names of the queue's own, and are read from there", async () => {
    const one = codec({ blobs: folderBlobs(join(folder, "new")) });
    const sent = mail();
    const { payload, blobs } = await one.encode(sent);
    expect(blobs).toEqual([expect.stringMatching(new RegExp(`^${sent.id}-0-[0-9a-f]{8}$`))]);
    expect(await readdir(join(folder, "new"))).toEqual(blobs);
    expect(payload.byteLength).toBeLessThan(2_000);
    const { attachments } = await one.decode(sent.id, payload);
    expect(attachments).toMatchObject([{ filename: "../../etc/passwd", size: 5_000 }, { filename: "small" }]);
    for (let time = 0; time < 2; time++)
      expect(Buffer.from((await attachments[0]?.bytes()) ?? []).equals(content)).toBe(true);
    await one.forget(blobs);
    expect(await readdir(join(folder, "new"))).toEqual([]);
    await one.forget(blobs);
  });

  test("are encrypted with the mail", async () => {
    const one = codec({ blobs: folderBlobs(folder), encryption: { keys: { a: key() }, current: "a" } });
    const sent = mail();
    const { payload, blobs } = await one.encode(sent);
    expect((await readFile(join(folder, blobs[0] ?? ""))).includes("xxxxxxxx")).toBe(false);
    const { attachments } = await one.decode(sent.id, payload);
    expect(Buffer.from((await attachments[0]?.bytes()) ?? []).equals(content)).toBe(true);
  });

  test("that are gone, cut or unreachable are errors that say so", async () => {
    const one = codec({ blobs: folderBlobs(folder) });
    const sent = mail();
    const { payload, blobs } = await one.encode(sent);
    const { attachments } = await one.decode(sent.id, payload);
    await writeFile(join(folder, blobs[0] ?? ""), "cut");
    expect(await failure(attachments[0]?.bytes() as Promise<unknown>)).toMatchObject({ code: "invalid_message" });
    await one.forget(blobs);
    expect(await failure(attachments[0]?.bytes() as Promise<unknown>)).toMatchObject({
      code: "unavailable",
      field: "blobs",
    });
    const without = await codec().decode(sent.id, payload);
    expect(await failure(without.attachments[0]?.bytes() as Promise<unknown>)).toMatchObject({
      code: "configuration",
      field: "blobs",
    });
  });

  test("leave nothing behind where the mail cannot be kept", async () => {
    const kept = new Set<string>();
    const blobs: BlobStore = {
      async put(name) {
        if (kept.size === 1) throw new Error("disk full");
        kept.add(name);
      },
      get: () => Readable.from([]),
      async delete(names) {
        for (const name of names) kept.delete(name);
      },
    };
    const two = prepared({ attachments: [{ content }, { content }] });
    expect(await failure(codec({ blobs }).encode(two))).toMatchObject({
      code: "unavailable",
      message: expect.stringContaining("disk full"),
    });
    expect(kept.size).toBe(0);
  });
});

test.each(["../x", "a/b", "", "a.b", "\0"])(
  "a folder of blobs takes no name that leads elsewhere: %j",
  async (name) => {
    const blobs = folderBlobs(folder);
    const thrown = await failure((async () => blobs.put(name, Readable.from([])))());
    expect(MailError.is(thrown)).toBe(true);
    expect(() => folderBlobs("")).toThrow(expect.objectContaining({ code: "configuration" }));
  },
);

const versionOne =
  "TVEBAQDtVT1vwjAQZervQG92aGAA6n6IkQ5VF4ZKKMNhX8BVEke2QdAoP7j/ojKkVVt1YOyAh9Odde/d6Q3ver2r9wZGQyId3qwmNFJJmqZpMolhGkMsuzeEQMne05ofI+TuHMyMVMkD3lNZF/wAAa52XNiaIRvkzpaQ2HBR2B+NEAgWcgnSNOvAA2VLZK3oUA1Ia8fe/03Qdgzf236TtZmAUpDLTGD1mTiui8MiDs8E/Hb1yipAYm7iTrw/5nHf/vwSLwpcFLgo8O8VgIDjnB1Xiv3J2DZMmp2PJvySPJEpkqOln+PoiNZK646o5ECaAkE2rUDt7M5ods91MLaK9K2ApsCQw8l4MhpP41FJUwEKgdSm5CpEoga5KbiikiFBg7APEFC2ClyFxSEei6P3XtcFmeq2rzbkPIf7bciTKQS08bX1Js6M+C9qCHjzxpDTNmtP36w/AA==";
