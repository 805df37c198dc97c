import type { Answer, CallName } from "../database-calls.ts";
import type { ReceivedCall } from "./carry-out.ts";
import type { MailDatabase } from "./mail-database.ts";

/** Calls that write; the others read what was written before them. */
const writing: ReadonlySet<CallName> = new Set(["add", "exchange", "renew", "change", "setPaused"]);

/**
 * Carries out all calls that wait: those that write in one transaction, since it is the commit that takes its time. If
 * that fails, each has a transaction of its own, so that none fails for another.
 */
export function groupCommit(database: MailDatabase, calls: readonly ReceivedCall[]): readonly Answer[] {
  const writes = calls.filter(({ name }) => writing.has(name));
  const reads = calls.filter(({ name }) => !writing.has(name));
  return [...writeAll(database, writes), ...reads.map((call) => readOne(database, call))];
}

function writeAll(database: MailDatabase, calls: readonly ReceivedCall[]): readonly Answer[] {
  if (calls.length === 0) return [];
  try {
    database.begin("IMMEDIATE");
  } catch (thrown) {
    return allFailed(database, calls, thrown);
  }
  try {
    const values = database.write(calls);
    return calls.map(({ id }, index) => ({ id, value: values[index] }));
  } catch (thrown) {
    if (calls.length > 1) return calls.flatMap((call) => writeAll(database, [call]));
    return allFailed(database, calls, thrown);
  }
}

function readOne(database: MailDatabase, call: ReceivedCall): Answer {
  try {
    return { id: call.id, value: database.read(call) };
  } catch (thrown) {
    return { id: call.id, failure: database.failure(thrown) };
  }
}

function allFailed(database: MailDatabase, calls: readonly ReceivedCall[], thrown: unknown): readonly Answer[] {
  const failure = database.failure(thrown);
  return calls.map(({ id }) => ({ id, failure }));
}
