/** A stream of bytes: Web, Node, or anything that yields chunks. */
export type AttachmentStream = ReadableStream<Uint8Array> | AsyncIterable<Uint8Array | string>;

type AttachmentBytes = string | Uint8Array | Blob | AttachmentStream;

/** Bytes, a stream (which serves one attempt), or a function that opens the content anew each time it is called. */
export type AttachmentContent = AttachmentBytes | (() => AttachmentBytes | Promise<AttachmentBytes>);

export interface Attachment {
  readonly filename?: string | undefined;
  readonly content: AttachmentContent;
  /** `base64`: `content` is a string in base64. A string without it is taken as UTF-8 text. */
  readonly encoding?: "base64" | undefined;
  /** Media type. Default: from the file name's ending, else `application/octet-stream`. */
  readonly contentType?: string | undefined;
  /** For `<img src="cid:…">`, without `<>`. */
  readonly contentId?: string | undefined;
  /** Default: `inline` where `contentId` is given, else `attachment`. */
  readonly disposition?: "attachment" | "inline" | undefined;
}

/** An attachment as an adapter receives it. */
export interface PreparedAttachment {
  readonly filename?: string;
  readonly contentType: string;
  readonly contentId?: string;
  readonly disposition: "attachment" | "inline";
  /** Size in bytes where it is known without reading. */
  readonly size?: number;
  /** False once a bare stream has been read: the mail cannot be sent again. */
  readonly readable: boolean;
  /** True where the content can be opened any number of times. */
  readonly reopenable: boolean;
  /**
   * Size in bytes where it is known without reading all of it: a file is asked for its own, which may be another one when
   * it is read.
   * @throws MailError `invalid_message` with the field, when it cannot be opened.
   */
  measure(): Promise<number | undefined>;
  /**
   * Opens the content.
   * @param options `inPlace`: a chunk may be written over when the next one is asked for, so that a large file leaves no
   * garbage
   * @throws MailError `invalid_message` with the field, when it cannot be opened or read.
   */
  stream(options?: { readonly inPlace?: boolean }): AsyncGenerator<Uint8Array, void, undefined>;
  /** The whole content. @throws MailError `invalid_message` with the field, when it cannot be opened or read. */
  bytes(): Promise<Uint8Array>;
}
