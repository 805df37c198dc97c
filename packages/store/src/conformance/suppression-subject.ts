import type { SuppressionEntry, SuppressionQuery, SuppressionStore } from "@mail/core";
import { expect } from "vitest";

export function entry(address: string, changes: Partial<SuppressionEntry> = {}): SuppressionEntry {
  return { address, reason: "bounced", scope: "", at: 1_900_000_000_000, ...changes };
}

/** Every entry, in pages of `limit`. */
export async function allListed(suppressions: SuppressionStore, query: SuppressionQuery): Promise<SuppressionEntry[]> {
  const all: SuppressionEntry[] = [];
  let after: string | undefined;
  do {
    const page = await suppressions.list({ ...query, ...(after !== undefined && { after }) });
    expect(page.entries.length).toBeLessThanOrEqual(query.limit);
    all.push(...page.entries);
    after = page.next;
  } while (after !== undefined);
  return all;
}
