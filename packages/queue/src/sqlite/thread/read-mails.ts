import type { LedgerCounts } from "@mail/core";
import type { JobState, StoredJob } from "../../job.ts";
import type { JobQuery } from "../../queue-engine.ts";
import { priorities } from "./schema.ts";
import type { Row, Statements } from "./statements.ts";

const columns = "id, state, priority, due_at, created_at, changed_at, tries, record";
const findMail = `SELECT ${columns} FROM mail WHERE id = ?`;
const findPayload = `SELECT body FROM payload JOIN mail USING (seq) WHERE id = ? AND state IN ('dead', 'unknown')`;
const isKept = "state IN ('unknown', 'dead', 'cancelled')";
// Indexes that hold few of a state's rows are worth sorting; nearly all rows are `sent`, so those are read in order.
const lists: Readonly<Record<JobState, string>> = {
  queued: listOf("mail INDEXED BY mail_due WHERE state = 'queued' AND due_at <= ?"),
  scheduled: listOf("mail INDEXED BY mail_due WHERE state = 'queued' AND due_at > ?"),
  sending: listOf("mail INDEXED BY mail_lease WHERE state = 'sending'"),
  unknown: listOf(`mail INDEXED BY mail_kept WHERE ${isKept} AND state = 'unknown'`),
  dead: listOf(`mail INDEXED BY mail_kept WHERE ${isKept} AND state = 'dead'`),
  cancelled: listOf(`mail INDEXED BY mail_kept WHERE ${isKept} AND state = 'cancelled'`),
  sent: listOf("mail WHERE state = 'sent'"),
};

function listOf(source: string): string {
  return `SELECT ${columns} FROM ${source} AND id > ? ORDER BY id LIMIT ?`;
}

const countDue = `SELECT count(*) FILTER (WHERE due_at <= ?) AS queued, count(*) FILTER (WHERE due_at > ?) AS scheduled
  FROM mail INDEXED BY mail_due WHERE state = 'queued'`;
const countSending = "SELECT count(*) AS sending FROM mail INDEXED BY mail_lease WHERE state = 'sending'";
const countKept = `SELECT state, count(*) AS mails FROM mail INDEXED BY mail_kept
  WHERE ${isKept} GROUP BY state`;
const countAll = "SELECT count(*) AS mails FROM mail";
const oldest =
  "SELECT due_at FROM mail WHERE state = 'queued' AND priority = ? AND due_at <= ? ORDER BY due_at LIMIT 1";
const pauseReason = "SELECT reason FROM pause";

export function storedJob(row: Row, now: number): StoredJob {
  const [state, dueAt] = [row["state"] as JobState, Number(row["due_at"])];
  return {
    id: String(row["id"]),
    state: state === "queued" && dueAt > now ? "scheduled" : state,
    priority: Number(row["priority"]),
    dueAt,
    createdAt: Number(row["created_at"]),
    changedAt: Number(row["changed_at"]),
    tries: Number(row["tries"]),
    record: String(row["record"]),
  };
}

export function findJob(statements: Statements, id: string, now: number): StoredJob | undefined {
  const row = statements.get(findMail, id);
  return row && storedJob(row, now);
}

export function readPayload(statements: Statements, id: string): Uint8Array | undefined {
  const body = statements.get(findPayload, id)?.["body"];
  return body instanceof Uint8Array ? body : undefined;
}

export function listJobs(statements: Statements, query: JobQuery, now: number): readonly StoredJob[] {
  const { state, limit, after = "" } = query;
  const moment = state === "queued" || state === "scheduled" ? [now] : [];
  return statements.all(lists[state], ...moment, after, limit).map((row) => storedJob(row, now));
}

/** By the indexes, each of which holds the rows of its states alone; what is left over is `sent`. */
export function countJobs(statements: Statements, now: number): Omit<LedgerCounts, "lastMinute"> {
  const due = statements.get(countDue, now, now);
  const kept = new Map(statements.all(countKept).map((row) => [row["state"], Number(row["mails"])]));
  const counted = {
    queued: Number(due?.["queued"]),
    scheduled: Number(due?.["scheduled"]),
    sending: Number(statements.get(countSending)?.["sending"]),
    unknown: kept.get("unknown") ?? 0,
    dead: kept.get("dead") ?? 0,
    cancelled: kept.get("cancelled") ?? 0,
  };
  const all = Number(statements.get(countAll)?.["mails"]);
  const sent = Object.values(counted).reduce((rest, count) => rest - count, all);
  const waiting = priorities.map((priority) => Number(statements.get(oldest, priority, now)?.["due_at"] ?? Infinity));
  const oldestDueAt = Math.min(...waiting);
  return {
    states: { ...counted, sent },
    ...(oldestDueAt !== Infinity && { oldestDueAt }),
  };
}

export function readPause(statements: Statements): string | undefined {
  const row = statements.get(pauseReason);
  return row && String(row["reason"]);
}
