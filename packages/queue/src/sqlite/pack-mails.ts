import type { TakenJob } from "../job.ts";
import type { Exchange, PackedMail } from "./database-calls.ts";

/** A row that a worker holds. */
export interface TakenRow {
  readonly seq: number;
  readonly job: TakenJob;
}

/** A larger payload changes threads as it is, which takes longer than copying a small one. */
const smallBytes = 16_384;

export function packMails(rows: readonly TakenRow[]): Pick<Exchange, "taken" | "payloads"> {
  const bytes = rows.reduce((sum, { job }) => sum + (isSmall(job.payload) ? job.payload.length : 0), 0);
  const payloads = new Uint8Array(bytes);
  let offset = 0;
  const taken = rows.map(({ seq, job }): PackedMail => {
    const { id, priority, createdAt, tries, record, interrupted, payload } = job;
    if (!isSmall(payload)) return [seq, id, priority, createdAt, tries, record, interrupted, payload];
    payloads.set(payload, offset);
    offset += payload.length;
    return [seq, id, priority, createdAt, tries, record, interrupted, payload.length];
  });
  return { taken, payloads };
}

export function unpackMails({ taken, payloads }: Pick<Exchange, "taken" | "payloads">): readonly TakenRow[] {
  let offset = 0;
  return taken.map(([seq, id, priority, createdAt, tries, record, interrupted, given]) => {
    const start = offset;
    offset += typeof given === "number" ? given : 0;
    const payload = typeof given === "number" ? payloads.subarray(start, offset) : given;
    return { seq, job: { id, priority, createdAt, tries, record, interrupted, payload } };
  });
}

/** What changes threads without being copied. */
export function buffersOf({ taken, payloads }: Pick<Exchange, "taken" | "payloads">): ArrayBuffer[] {
  const large = taken.flatMap(([, , , , , , , payload]) => (typeof payload === "number" ? [] : payload.buffer));
  return [payloads.buffer, ...large].filter((buffer) => buffer instanceof ArrayBuffer);
}

function isSmall(payload: Uint8Array): boolean {
  return payload.length <= smallBytes;
}
