import type { FaultAction, FaultRule } from "../api/event-types.ts";
import type { Via } from "../api/types.ts";
import { viaNames } from "../shared/format.ts";

/** A rule as a sentence. */
export function describeFault({ via, inbox, to, from, stage, action, every, first }: FaultRule): string {
  const where = [
    via === undefined ? undefined : (viaNames[via as Via] ?? via),
    stage === "request" ? undefined : `at ${stage.toUpperCase()}`,
    to && `to ${to}`,
    from && `from ${from}`,
    inbox && `in ${inbox}`,
  ].filter((part) => part !== undefined && part !== "");
  const often = [every && `every ${every}.`, first && `first ${first}`].filter(Boolean).join(", ");
  return `${describeAction(action)} — ${where.join(", ") || "any API"}${often === "" ? "" : ` (${often})`}`;
}

function describeAction(action: FaultAction): string {
  switch (action.type) {
    case "reply":
      return `Reply ${action.code}${action.enhancedCode === undefined ? "" : ` ${action.enhancedCode}`}`;
    case "status":
      return `Status ${action.status}${action.retryAfter === undefined ? "" : `, retry after ${action.retryAfter} s`}`;
    case "delay":
      return `Delay by ${action.ms} ms`;
    case "drop":
      return action.afterBytes === undefined ? "Drop the connection" : `Drop after ${action.afterBytes} bytes`;
    case "lose-answer":
      return "Accept, then lose the answer";
  }
}
