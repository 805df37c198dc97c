import { createReadStream } from "node:fs";
import { basename } from "node:path";
import type { Attachment } from "./attachment.ts";
import { invalid } from "./invalid.ts";

/** The content of a file: usable as an attachment's `content`, or as an attachment that carries the file's name. */
export type FileContent = (() => AsyncIterable<Uint8Array>) & Attachment;

/**
 * Attaches a file from disk: `attachments: [file("report.pdf")]` or `{ filename: "q3.pdf", content: file(path) }`.
 * It is opened anew for each attempt. A file that cannot be read is an `invalid_message` before anything is sent.
 */
export function file(path: string): FileContent {
  if (typeof path !== "string" || path === "") throw invalid("file", "is given no path", 'Write file("report.pdf").');
  const open = (): AsyncIterable<Uint8Array> => createReadStream(path);
  return Object.assign(open, { content: open, filename: basename(path) });
}
