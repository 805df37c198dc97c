import { createReadStream } from "node:fs";
import { open as openFile, stat } from "node:fs/promises";
import { basename } from "node:path";
import type { Attachment } from "./attachment.ts";
import { invalid } from "./invalid.ts";

/** The content of a file: usable as an attachment's `content`, or as an attachment that carries the file's name. */
export type FileContent = (() => AsyncIterable<Uint8Array>) & Attachment;

const filePath: unique symbol = Symbol("path");

/**
 * Attaches a file from disk: `attachments: [file("report.pdf")]` or `{ filename: "q3.pdf", content: file(path) }`.
 * It is opened anew for each attempt. A file that cannot be read is an `invalid_message` before anything is sent.
 */
export function file(path: string): FileContent {
  if (typeof path !== "string" || path === "") throw invalid("file", "is given no path", 'Write file("report.pdf").');
  const open = (): AsyncIterable<Uint8Array> => createReadStream(path);
  return Object.assign(open, { content: open, filename: basename(path), [filePath]: path });
}

/** The path of what `file` made. */
export function pathOf(content: object): string | undefined {
  return (content as { readonly [filePath]?: string })[filePath];
}

const chunkBytes = 64 * 1024;

/** A file's content in one and the same memory, written over with each chunk. */
export async function* readInPlace(path: string): AsyncGenerator<Uint8Array, void, undefined> {
  await using handle = await openFile(path);
  const chunk = Buffer.allocUnsafeSlow(chunkBytes);
  for (;;) {
    const { bytesRead } = await handle.read(chunk, 0, chunkBytes);
    if (bytesRead === 0) return;
    yield chunk.subarray(0, bytesRead);
  }
}

/**
 * A file's size in bytes, once it is seen that it can be opened; undefined for what has none, such as what the system makes
 * up, or a pipe: that one is not opened, since what is written to it would be lost.
 */
export async function sizeOfFile(path: string): Promise<number | undefined> {
  if (!(await stat(path)).isFile()) return undefined;
  await using handle = await openFile(path);
  const { size } = await handle.stat();
  return size > 0 ? size : undefined;
}
