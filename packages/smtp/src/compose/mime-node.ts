import type { LineBuffers } from "./base64-stream.ts";

/** Content that is encoded while it is sent, in whole lines. */
export interface StreamedBody {
  /** Bytes once encoded, where they are known beforehand. */
  readonly size: number | undefined;
  /** @param buffers where it is encoded, piece by piece; absent: each piece has memory of its own */
  open(buffers?: LineBuffers): AsyncIterable<Buffer>;
  /** Closes what was opened beforehand, where it was not read. */
  release?(): void;
}

/** A part with its content, encoded already: base64 ends in CRLF, quoted-printable as its text does. */
export interface MimePart {
  readonly fields: readonly (readonly [name: string, value: string])[];
  readonly encoding: "base64" | "quoted-printable";
  readonly body: Buffer | StreamedBody;
}

export interface Multipart {
  /** With its parameters, but for the boundary. */
  readonly type: string;
  readonly parts: readonly MimeNode[];
}

export type MimeNode = MimePart | Multipart;
