import { misconfigured } from "./configuration-error.ts";
import type { Member } from "./group-member.ts";
import type { GroupOptions } from "./group-options.ts";
import type { Transport } from "./transport.ts";
import { createGroup } from "./transport-group.ts";

export interface RoundRobinOptions extends GroupOptions {
  /** Share of each transport, in their order. Default: the same for all. */
  readonly weights?: readonly number[] | undefined;
}

/**
 * Spreads mails over transports in turn, by weight. Where one fails, the next ones are asked as in `failover`.
 * @throws MailError `configuration` for an empty list, bad weights or an unknown option
 */
export function roundRobin(transports: readonly Transport[], options: RoundRobinOptions = {}): Transport {
  const { weights = transports.map(() => 1), ...groupOptions } = options;
  if (weights.length !== transports.length || !weights.every((weight) => weight > 0 && Number.isFinite(weight))) {
    throw misconfigured(
      "weights",
      "must hold a number above 0 for each transport",
      `Give ${transports.length} numbers.`,
    );
  }
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const credit = weights.map(() => 0);
  return createGroup("roundrobin", transports, groupOptions, (members) => {
    // Smooth weighted round-robin: everybody earns their weight, the richest goes first and pays the total.
    for (const [index, weight] of weights.entries()) credit[index] = (credit[index] ?? 0) + weight;
    const first = credit.indexOf(Math.max(...credit));
    credit[first] = (credit[first] ?? 0) - total;
    return [...members.slice(first), ...members.slice(0, first)] satisfies readonly Member[];
  });
}
