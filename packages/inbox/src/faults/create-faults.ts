import { misconfigured } from "@mail/core";
import type { ActiveFault, FaultOccasion, FaultRule, Faults } from "../fault.ts";
import { type InboxBy, inboxNames } from "../inbox-name.ts";
import { addressFaults } from "./address-faults.ts";
import { addressMatches } from "./address-pattern.ts";
import { checkedRule } from "./check-fault-rule.ts";

const maxRules = 1000;

interface CountedRule {
  readonly id: string;
  readonly rule: FaultRule;
  asked: number;
  struck: number;
}

/**
 * Faults by rule and by address. Whatever happens follows from the order of the occasions alone. `inboxBy` names the
 * inboxes that rules may be about.
 */
export function createFaults(inboxBy: InboxBy = "login"): Faults {
  let rules: readonly CountedRule[] = [];
  let added = 0;
  let byAddress = addressFaults();

  return {
    add(rule) {
      if (rules.length >= maxRules)
        throw misconfigured("rule", `there are ${maxRules} already`, "Take off those that are no longer needed.");
      const checked = checkedRule(rule);
      added += 1;
      const counted: CountedRule = { id: `fault-${added}`, rule: checked, asked: 0, struck: 0 };
      rules = [...rules, counted];
      return active(counted);
    },
    list: () => rules.map(active),
    remove(id) {
      const kept = rules.filter((entry) => entry.id !== id);
      const removed = kept.length < rules.length;
      rules = kept;
      return removed;
    },
    clear() {
      rules = [];
      byAddress = addressFaults();
    },
    take(occasion) {
      return rules.find((entry) => strikes(entry, occasion, inboxBy))?.rule.action ?? byAddress(occasion);
    },
  };
}

function active({ id, rule, asked, struck }: CountedRule): ActiveFault {
  return { ...rule, id, asked, struck };
}

/** Counts an occasion that fits; with both `every` and `first`, the first n of the every n-th. */
function strikes(entry: CountedRule, occasion: FaultOccasion, inboxBy: InboxBy): boolean {
  const { every = 1, first = Number.POSITIVE_INFINITY } = entry.rule;
  if (!fits(entry.rule, occasion, inboxBy)) return false;
  entry.asked += 1;
  if (entry.asked % every !== 0 || entry.struck >= first) return false;
  entry.struck += 1;
  return true;
}

function fits(rule: FaultRule, occasion: FaultOccasion, inboxBy: InboxBy): boolean {
  const { via, stage, from, to = [] } = occasion;
  return (
    rule.stage === stage &&
    (rule.via === undefined || rule.via === via) &&
    (rule.inbox === undefined || inboxNames(inboxBy, occasion).includes(rule.inbox)) &&
    (rule.from === undefined || (from !== undefined && addressMatches(rule.from, from))) &&
    (rule.to === undefined || to.some((address) => addressMatches(rule.to ?? "", address)))
  );
}
