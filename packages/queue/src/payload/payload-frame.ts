import { promisify } from "node:util";
import { deflateRaw, inflateRaw } from "node:zlib";
import type { PayloadCipher } from "./payload-cipher.ts";
import { damagedPayload, unreadablePayload } from "./payload-error.ts";

/*
 * A payload on disk or in a broker: "MQ", a version, flags, the length of the key's id, that id; then the body, which is
 * deflated where that makes it smaller, then encrypted where there is a key.
 */
const magic = Buffer.from("MQ");
const version = 1;
const deflatedFlag = 1;
const encryptedFlag = 2;
const headerBytes = 5;

/** Smaller bodies are not worth the time. */
const deflateFromBytes = 1_024;
/** No body of ours is larger, and a damaged one must not fill the memory. */
const maxBodyBytes = 256 * 1024 * 1024;

const deflate = promisify(deflateRaw);
const inflate = promisify(inflateRaw);

/** Puts a body into a frame. @param id of the mail: the frame opens for it alone where it is encrypted */
export async function toFrame(body: Buffer, id: string, cipher: PayloadCipher | undefined): Promise<Buffer> {
  const small = body.byteLength < deflateFromBytes ? body : await deflate(body, { level: 1 });
  const deflated = small.byteLength < body.byteLength;
  const flags = (deflated ? deflatedFlag : 0) | (cipher === undefined ? 0 : encryptedFlag);
  const packed = deflated ? small : body;
  const sealed = cipher === undefined ? packed : cipher.encrypt(packed, boundTo(id, flags));
  const keyId = cipher?.keyId ?? "";
  const keyIdBytes = Buffer.byteLength(keyId);
  const frame = Buffer.allocUnsafe(headerBytes + keyIdBytes + sealed.byteLength);
  frame.set([...magic, version, flags, keyIdBytes]);
  frame.write(keyId, headerBytes);
  frame.set(sealed, headerBytes + keyIdBytes);
  return frame;
}

/** @throws MailError `configuration` where the queue lacks the key or is too old, `invalid_message` where it is damaged */
export async function fromFrame(frame: Uint8Array, id: string, cipher: PayloadCipher | undefined): Promise<Buffer> {
  const bytes = Buffer.from(frame.buffer, frame.byteOffset, frame.byteLength);
  if (bytes.byteLength < headerBytes || !bytes.subarray(0, magic.byteLength).equals(magic))
    throw damagedPayload("it does not begin as a mail of this queue");
  const [, , foundVersion = 0, flags = 0, keyLength = 0] = bytes;
  if (foundVersion > version) {
    const hint = "A newer @mail/queue wrote it: update this process.";
    throw unreadablePayload("payload", `it has version ${foundVersion}`, hint);
  }
  const keyId = bytes.subarray(headerBytes, headerBytes + keyLength).toString();
  const packed = unseal(bytes.subarray(headerBytes + keyLength), id, flags, keyId, cipher);
  if (!(flags & deflatedFlag)) return packed;
  try {
    return await inflate(packed, { maxOutputLength: maxBodyBytes });
  } catch (cause) {
    throw damagedPayload("it cannot be unpacked", cause);
  }
}

function unseal(packed: Buffer, id: string, flags: number, keyId: string, cipher: PayloadCipher | undefined): Buffer {
  if (!(flags & encryptedFlag)) return packed;
  if (cipher !== undefined) return cipher.decrypt(keyId, packed, boundTo(id, flags));
  const hint = "Give createQueue the same `encryption` in every process.";
  throw unreadablePayload("encryption", `it is encrypted with the key ${JSON.stringify(keyId)}`, hint);
}

function boundTo(id: string, flags: number): string {
  return `${version} ${flags} ${id}`;
}
