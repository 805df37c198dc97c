import { setImmediate as nextTurn } from "node:timers/promises";
import { type CountQuery, type TypeCount, TypeCounts } from "@mail/core";
import { countColumns, countsOfRow } from "../counted-row.ts";
import { storedTime } from "../ledger-times.ts";
import type { SqliteDatabase, SqliteTransaction } from "./sqlite-database.ts";

/** Outcomes counted at once: the event loop stands still for that long. */
const countedAtOnce = 10_000;

export async function countOutcomes(
  database: SqliteDatabase,
  { since, until, by }: CountQuery,
): Promise<readonly TypeCount[]> {
  const counts = new TypeCounts();
  const end = storedTime(until);
  const statement = `
    SELECT ${countColumns[by ?? "none"]} AS name, type, permanent, count(*) AS count
    FROM outcomes INDEXED BY outcomes_at WHERE at >= :from AND at < :to GROUP BY name, type, permanent`;
  for (let from = storedTime(since); from < end; ) {
    await nextTurn();
    from = await database.read((transaction) => {
      const to = partEnd(transaction, from, end);
      for (const row of transaction.all(statement, { from, to }))
        for (const count of countsOfRow(row, by)) counts.add(count);
      return to;
    });
  }
  return counts.all();
}

/** A millisecond is never counted in two parts. */
function partEnd(transaction: SqliteTransaction, from: number, end: number): number {
  const next = transaction.get(
    "SELECT at FROM outcomes WHERE at >= :from AND at < :end ORDER BY at LIMIT 1 OFFSET :rows",
    { from, end, rows: countedAtOnce },
  );
  return next === undefined ? end : Math.max(Number(next["at"]), from + 1);
}
