import type { BrokerMessage } from "../broker.ts";

let count = 0;

/** A mail that is due now, and different from all others. */
export function mail(changes: Partial<BrokerMessage> = {}): BrokerMessage {
  const id = `mail-${process.pid}-${String(count++).padStart(6, "0")}`;
  const payload = Buffer.from(`payload of ${id}`);
  return { id, keyMs: 60_000, priority: 1, dueAt: Date.now(), replays: 0, record: "{}", payload, ...changes };
}

export function mails(count: number, changes: Partial<BrokerMessage> = {}): readonly BrokerMessage[] {
  return Array.from({ length: count }, () => mail(changes));
}
