import type { Claim, ClaimState, ClaimStore } from "@mail/core";

/** More claims than this are left to their leases. */
const longestList = 1_000;

/**
 * Claims over a network: one that failed may have been recorded all the same, for an owner who has given up. It is
 * released as soon as the server answers again, or others would take it for a crash.
 */
export function unsureClaims(claims: ClaimStore): ClaimStore {
  const unsure: { readonly key: string; readonly owner: string }[] = [];

  async function claim(key: string, request: Claim): Promise<ClaimState> {
    try {
      const state = await claims.claim(key, request);
      releaseUnsure(key, request.owner);
      return state;
    } catch (thrown) {
      if (unsure.length < longestList) unsure.push({ key, owner: request.owner });
      throw thrown;
    }
  }

  function releaseUnsure(claimedKey: string, claimedBy: string): void {
    for (const entry of unsure.splice(0)) {
      if (entry.key === claimedKey && entry.owner === claimedBy) continue;
      claims.release(entry.key, entry.owner).catch(() => {
        if (unsure.length < longestList) unsure.push(entry);
      });
    }
  }

  return {
    claim,
    renew: (key, owner, leaseMs) => claims.renew(key, owner, leaseMs),
    settle: (key, owner, result, keepMs) => claims.settle(key, owner, result, keepMs),
    release: (key, owner) => claims.release(key, owner),
  };
}
