import { misconfigured } from "./configuration-error.ts";
import { checkGroup, type GroupOptions } from "./group-options.ts";
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
  const { weights = transports?.map?.(() => 1), ...groupOptions } = options;
  checkGroup("roundrobin", transports, groupOptions);
  if (!Array.isArray(weights) || weights.length !== transports.length || !weights.every(isWeight)) {
    throw misconfigured(
      "weights",
      "must hold a number above 0 for each transport",
      `Give ${transports.length} numbers.`,
    );
  }
  const credit = weights.map(() => 0);
  return createGroup("roundrobin", transports, groupOptions, (members) => {
    // Smooth weighted round-robin: everybody in service earns their weight, the richest goes first and pays for all.
    const well = members.flatMap(({ isDown }, index) => (isDown ? [] : [index]));
    const turns = well.length > 0 ? well : [...members.keys()];
    let [first = 0] = turns;
    let total = 0;
    for (const index of turns) {
      const weight = weights[index] ?? 0;
      total += weight;
      credit[index] = (credit[index] ?? 0) + weight;
      if ((credit[index] ?? 0) > (credit[first] ?? 0)) first = index;
    }
    credit[first] = (credit[first] ?? 0) - total;
    return [...members.slice(first), ...members.slice(0, first)];
  });
}

function isWeight(weight: unknown): weight is number {
  return typeof weight === "number" && weight > 0 && Number.isFinite(weight);
}
