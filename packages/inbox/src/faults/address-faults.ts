import { addressKey } from "../caught-address.ts";
import type { FaultAction, FaultOccasion } from "../fault.ts";
import { type FaultAddress, faultAddresses } from "./fault-addresses.ts";

const maxCounted = 10_000;
/** So that a number behind a plus cannot stop a client for good. */
const maxNumber = 3_600_000;

/** Asks the table of addresses; how often an address struck is counted for those that strike a few times only. */
export function addressFaults(): (occasion: FaultOccasion) => FaultAction | undefined {
  const counts = new Map<string, number>();

  return (occasion) => {
    // A mail from the null sender reports a fault already: it must get through.
    if (occasion.from === "") return undefined;
    for (const recipient of occasion.to ?? []) {
      const entry = faultAddressOf(recipient);
      const action = entry && actionAt(occasion, recipient, entry.address);
      if (entry === undefined || action === undefined) continue;
      if (entry.address.first !== undefined && counted(occasion, recipient) > entry.address.first) continue;
      return withNumber(action, entry);
    }
    return undefined;
  };

  function counted({ via, inbox }: FaultOccasion, recipient: string): number {
    const key = JSON.stringify([via, inbox, addressKey(recipient)]);
    const count = (counts.get(key) ?? 0) + 1;
    counts.delete(key);
    counts.set(key, count);
    const [oldest] = counts.keys();
    if (counts.size > maxCounted && oldest !== undefined) counts.delete(oldest);
    return count;
  }
}

/** Whether a provider that answers for each recipient by itself refuses this one alone. */
export function isRefusedAlone(recipient: string): boolean {
  return faultAddressOf(recipient)?.address.isRefusedAlone === true;
}

interface NamedFault {
  readonly address: FaultAddress;
  /** Behind the plus, where it is a whole number. */
  readonly number?: number;
}

/** The table's row for a recipient. */
export function faultAddressOf(recipient: string): NamedFault | undefined {
  const [name = "", suffix = ""] = recipient
    .slice(0, recipient.lastIndexOf("@"))
    .toLowerCase()
    .split(/\+(.*)/s);
  if (!Object.hasOwn(faultAddresses, name)) return undefined;
  const address = faultAddresses[name] as FaultAddress;
  return /^\d{1,7}$/.test(suffix) ? { address, number: Math.min(Number(suffix), maxNumber) } : { address };
}

function actionAt({ via, stage }: FaultOccasion, recipient: string, address: FaultAddress): FaultAction | undefined {
  if (via === "smtp") return address.smtp?.stage === stage ? address.smtp.action : undefined;
  return stage === "request" ? address.api?.(recipient)[via] : undefined;
}

function withNumber(action: FaultAction, { address, number }: NamedFault): FaultAction {
  if (number === undefined) return action;
  if (address.number === "retryAfter" && action.type === "status") return { ...action, retryAfter: number };
  if (address.number === "ms" && action.type === "delay") return { ...action, ms: number };
  if (address.number === "afterBytes" && action.type === "drop") return { ...action, afterBytes: number };
  return action;
}
