import type { TakenJob } from "../job.ts";
import { ByteList } from "./byte-list.ts";
import type { PackedMail, PackedMails } from "./database-calls.ts";
import { fromJson, toJson } from "./json-text.ts";

/** A row that a worker holds. */
export interface TakenRow {
  readonly seq: number;
  readonly job: TakenJob;
}

/** A larger payload changes threads as it is, which takes longer than copying a small one. */
const smallBytes = 16_384;

export function packMails(rows: readonly TakenRow[]): PackedMails {
  const payloads = new ByteList();
  payloads.reserve(
    rows.reduce((sum, { job: { payload } }) => sum + (payload.length > smallBytes ? 0 : payload.length), 0),
  );
  const large: Uint8Array[] = [];
  const mails = rows.map(({ seq, job }): PackedMail => {
    const { id, priority, createdAt, tries, record, interrupted, payload } = job;
    if (payload.length > smallBytes) large.push(payload);
    else payloads.append(payload);
    return [seq, id, priority, createdAt, tries, record, interrupted, payload.length];
  });
  return { count: rows.length, mails: toJson(mails), payloads: payloads.bytes, large };
}

export function unpackMails({ mails, payloads, large }: PackedMails): readonly TakenRow[] {
  const rest = large.values();
  let offset = 0;
  const next = (bytes: number): Uint8Array => {
    if (bytes > smallBytes) return rest.next().value ?? new Uint8Array();
    offset += bytes;
    return payloads.subarray(offset - bytes, offset);
  };
  return fromJson(mails).map(([seq, id, priority, createdAt, tries, record, interrupted, bytes]) => ({
    seq,
    job: { id, priority, createdAt, tries, record, interrupted, payload: next(bytes) },
  }));
}

/** What changes threads without being copied. */
export function buffersOf({ payloads, large }: PackedMails): ArrayBuffer[] {
  return [payloads, ...large].map(({ buffer }) => buffer).filter((buffer) => buffer instanceof ArrayBuffer);
}
