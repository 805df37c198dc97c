import { createHash } from "node:crypto";

/** What a bucket's name, and a part of a key that is no pattern, may be. */
const plain = /^[\w-]{1,200}$/;

/** No two queues share one: only the names of plain ones go on with `_`. */
export function bucketName(queue: string): string {
  return plain.test(queue) ? `MAIL_LEDGER_${queue}` : `MAIL_LEDGER-${digest(queue)}`;
}

/** Keys of a bucket: entries, keys by name, duplicates by id, and payloads, each with the id of its mail. */
export const keys = {
  entry: (id: string): string => `e.${part(id)}`,
  name: (digestOfKey: string): string => `k.n.${digestOfKey}`,
  alias: (id: string): string => `k.i.${part(id)}`,
  payload: (id: string): string => `p.${part(id)}.${crypto.randomUUID()}`,
  entryOfPayload: (key: string): string => `e.${key.split(".")[1]}`,
  paused: "paused",
  clock: "clock",
} as const;

export const prefixes = { entries: "e", keys: "k", payloads: "p" } as const;

/** In UTF-16: as UTF-8, halves of surrogate pairs would all become the same character. */
export function digest(text: string): string {
  return createHash("sha256").update(Buffer.from(text, "utf16le")).digest("hex");
}

/** `=` is in no plain one, and followed by hexadecimal digits only. */
function part(id: string): string {
  return plain.test(id) ? id : `=${digest(id)}`;
}
