import type { BrokerMessage } from "../broker.ts";

/*
 * A mail in a broker: a version, the length of its head as 4 bytes, big-endian; the head as JSON: all but the payload;
 * then the payload.
 */
const version = 1;
const prefixBytes = 5;

export function encodeMessage({ payload, ...head }: BrokerMessage): Buffer {
  const json = JSON.stringify(head);
  const jsonBytes = Buffer.byteLength(json);
  const frame = Buffer.allocUnsafe(prefixBytes + jsonBytes + payload.byteLength);
  frame.writeUInt8(version, 0);
  frame.writeUInt32BE(jsonBytes, 1);
  frame.write(json, prefixBytes);
  frame.set(payload, prefixBytes + jsonBytes);
  return frame;
}

/** @throws Error that says why it cannot be read */
export function decodeMessage(body: Uint8Array): BrokerMessage {
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  if (bytes.byteLength < prefixBytes) throw new Error("it is too short for a mail");
  const found = bytes.readUInt8(0);
  if (found !== version) throw new Error(`it has version ${found}, and this process reads version ${version}`);
  const headEnd = prefixBytes + bytes.readUInt32BE(1);
  if (headEnd > bytes.byteLength) throw new Error("it was cut off");
  const head: unknown = JSON.parse(bytes.toString("utf8", prefixBytes, headEnd));
  if (!isHead(head)) throw new Error("its head is not that of a mail");
  return { ...head, payload: bytes.subarray(headEnd) };
}

type Head = Omit<BrokerMessage, "payload">;

function isHead(value: unknown): value is Head {
  if (typeof value !== "object" || value === null) return false;
  const head: Partial<Record<keyof Head, unknown>> = value;
  const numbers = [head.keyMs, head.priority, head.dueAt, head.replays];
  return (
    typeof head.id === "string" &&
    typeof head.record === "string" &&
    (head.key === undefined || typeof head.key === "string") &&
    numbers.every((number) => typeof number === "number" && Number.isFinite(number))
  );
}
