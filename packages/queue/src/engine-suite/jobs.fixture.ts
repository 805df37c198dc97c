import { randomUUID } from "node:crypto";
import type { NewJob } from "../job.ts";

/** A UUIDv7 (RFC 9562), as ids of mails are. */
export function jobId(at: number = Date.now()): string {
  const time = at.toString(16).padStart(12, "0");
  return `${time.slice(0, 8)}-${time.slice(8)}-7${randomUUID().slice(15)}`;
}

export const high = 0;
export const normal = 1;
export const low = 2;

/** A mail to keep, due at once. */
export function newJob(changes: Partial<NewJob> = {}): NewJob {
  const id = changes.id ?? jobId();
  return {
    id,
    keyMs: 3_600_000,
    priority: normal,
    dueAt: Date.now(),
    payload: new TextEncoder().encode(`mail ${id}`),
    record: `added ${id}`,
    ...changes,
  };
}

export function newJobs(count: number, changes: Partial<NewJob> = {}): NewJob[] {
  return Array.from({ length: count }, () => newJob(changes));
}

/** The jobs' ids in the order of ids. */
export function idsOf(jobs: readonly { readonly id: string }[]): string[] {
  return jobs.map(({ id }) => id).sort();
}
