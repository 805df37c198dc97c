import type { PreparedAttachment } from "@mail/core";

/** What the app holds, of known size, is held up to this; larger content is read while the mail is sent. */
const maxHeldBytes = 10 * 1024 * 1024;
/**
 * The same for files, and for content of unknown size: so much of it is read beforehand, so that what cannot be opened is
 * told before anything is sent.
 */
const maxStartBytes = 1024 * 1024;

/** Content that is read while the mail is sent. */
export interface LargeContent {
  /** In bytes, where it is known. */
  readonly size?: number;
  open(): AsyncIterable<Uint8Array>;
  /** Closes what was opened beforehand, where it was not read. */
  release?(): void;
}

/** The whole content where it is not large. @throws MailError `invalid_message` when it cannot be read */
export async function contentOf(attachment: PreparedAttachment): Promise<Uint8Array | LargeContent> {
  const { size = await attachment.measure() } = attachment;
  if (size === undefined) return startOf(attachment);
  const isSmall = size <= (attachment.size === undefined ? maxStartBytes : maxHeldBytes);
  return isSmall ? attachment.bytes() : { size, open: () => attachment.stream({ inPlace: true }) };
}

async function startOf(attachment: PreparedAttachment): Promise<Uint8Array | LargeContent> {
  const stream = attachment.stream();
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  while (bytes <= maxStartBytes) {
    const { done, value } = await stream.next();
    if (done === true) return Buffer.concat(chunks);
    chunks.push(value);
    bytes += value.byteLength;
  }
  if (!attachment.reopenable) return resumed(attachment, chunks, stream);
  await stream.return();
  return { open: () => attachment.stream({ inPlace: true }) };
}

/** Goes on, once, with a stream that can be read only once. */
function resumed(
  attachment: PreparedAttachment,
  start: readonly Uint8Array[],
  rest: ReturnType<PreparedAttachment["stream"]>,
): LargeContent {
  let opened = false;
  return {
    open() {
      if (opened) return attachment.stream();
      opened = true;
      return joined(start, rest);
    },
    release: () => void rest.return().catch(() => undefined),
  };
}

async function* joined(
  start: readonly Uint8Array[],
  rest: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array, void, undefined> {
  yield* start;
  yield* rest;
}
