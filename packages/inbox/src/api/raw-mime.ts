import { type Header, headerLines } from "./header.ts";

/** A MIME source in its two parts. */
interface RawMime {
  /** Bytes as Latin-1 characters, so that none is lost; ends with a line break. */
  readonly head: string;
  /** With the empty line in front. */
  readonly body: Buffer;
}

function split(source: Uint8Array): RawMime {
  const bytes = Buffer.from(source.buffer, source.byteOffset, source.byteLength);
  if (/^\r?\n/.test(bytes.toString("latin1", 0, 2))) return { head: "", body: bytes };
  const ends = [bytes.indexOf("\n\r\n"), bytes.indexOf("\n\n")].filter((index) => index !== -1);
  if (ends.length === 0) return { head: `${bytes.toString("latin1").trimEnd()}\r\n`, body: Buffer.from("\r\n") };
  const headLength = Math.min(...ends) + 1;
  return { head: bytes.toString("latin1", 0, headLength), body: bytes.subarray(headLength) };
}

/** Header fields with their folded lines. */
function fieldsOf(head: string): readonly string[] {
  const fields: string[] = [];
  for (const line of head.split(/(?<=\n)/)) {
    if (/^[ \t]/.test(line) && fields.length > 0) fields.push(`${fields.pop()}${line}`);
    else fields.push(line);
  }
  return fields;
}

function nameOf(field: string): string {
  return field
    .slice(0, Math.max(0, field.indexOf(":")))
    .trim()
    .toLowerCase();
}

/** Unfolded values of a header, in order; UTF-8, encoded-words left as they are. */
export function headerValues(source: Uint8Array, name: string): readonly string[] {
  return fieldsOf(split(source).head)
    .filter((field) => nameOf(field) === name.toLowerCase())
    .map((field) => Buffer.from(field.slice(field.indexOf(":") + 1), "latin1").toString("utf8"))
    .map((value) => value.replace(/\r?\n(?=[ \t])/g, "").trim());
}

/** Names of all header fields, lower-case, in order. */
export function headerNames(source: Uint8Array): readonly string[] {
  return fieldsOf(split(source).head).map(nameOf);
}

/** Takes headers out and puts others in front. */
export function amendHeaders(source: Uint8Array, remove: readonly string[], add: readonly Header[]): Uint8Array {
  const { head, body } = split(source);
  const removed = new Set(remove.map((name) => name.toLowerCase()));
  const kept = fieldsOf(head).filter((field) => !removed.has(nameOf(field)));
  const added = add.map(headerLines);
  return Buffer.concat([Buffer.from(added.join("")), Buffer.from(kept.join(""), "latin1"), body]);
}

/** Changes the source as text, each byte one character; what `change` puts in must be encoded by {@link utf8Bytes}. */
export function changeBytes(source: Uint8Array, change: (text: string) => string): Uint8Array {
  return Buffer.from(change(Buffer.from(source).toString("latin1")), "latin1");
}

export function utf8Bytes(text: string): string {
  return Buffer.from(text).toString("latin1");
}
