import type { WriteTransaction } from "./write-transaction.ts";

const lastCreated = "SELECT created_at FROM mail ORDER BY seq DESC LIMIT 1";
const bringForward = `UPDATE mail SET due_at = ?, changed_at = ?
  WHERE state = 'queued' AND due_at > ? AND changed_at > ? AND (tries > 0 OR due_at <= created_at)`;

/** Lets mails go that were due, or soon to be tried again, when the clock was set back. Others wait for their time. */
export function bringMailsForward({ statements, clock, now }: WriteTransaction): void {
  const newest = statements.get(lastCreated)?.["created_at"];
  if (clock.jumps > 0 || Number(newest ?? 0) > now) statements.run(bringForward, now, now, now, now);
}
