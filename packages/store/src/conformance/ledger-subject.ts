import type { LedgerChange, LedgerEntry, LedgerStore, NewLedgerEntry } from "@mail/core";

export const queue = "mails";
export const minute = 60_000;

/** An entry that is due. */
export function entry(id: string, changes: Partial<NewLedgerEntry> = {}): NewLedgerEntry {
  return { id, priority: 1, dueAt: Date.now() - 1_000, record: `record of ${id}`, ...changes };
}

export const entries = (count: number, changes: Partial<NewLedgerEntry> = {}): readonly NewLedgerEntry[] =>
  Array.from({ length: count }, (_, n) => entry(`id-${String(n).padStart(6, "0")}`, changes));

/** Marks an entry that is due as being sent. */
export function taking(id: string, owner: string, ms: number = minute): LedgerChange {
  const where = { states: ["queued"], dueBy: Date.now() } as const;
  return { id, where, set: { state: "sending", lease: { owner, ms }, tries: 1 } };
}

/** Takes over an entry whose owner has let its lease run out. */
export function takingOver(id: string, owner: string): LedgerChange {
  const where = { states: ["sending"], leaseOver: true } as const;
  return { id, where, set: { state: "sending", lease: { owner, ms: minute }, tries: 1 } };
}

export function settling(id: string, owner: string, set: LedgerChange["set"]): LedgerChange {
  return { id, where: { states: ["sending"], owner }, set };
}

export async function changeOne(ledger: LedgerStore, change: LedgerChange): Promise<LedgerEntry | undefined> {
  return (await ledger.change(queue, [change]))[0];
}

export async function findOne(ledger: LedgerStore, id: string): Promise<LedgerEntry | undefined> {
  return (await ledger.find(queue, [id]))[0];
}
