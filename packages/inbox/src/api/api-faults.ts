import type { ActiveFault, FaultAction, FaultOccasion } from "../fault.ts";
import type { InboxContext } from "../inbox.ts";

type Occasion = Omit<FaultOccasion, "stage">;

/**
 * The fault that strikes a request; asked once. Where a rule is about to cut the connection, whatever the addresses, it
 * is asked before the body is read, because the body may be cut as well; all others know the addresses, and so has one
 * that stands behind a rule for certain addresses.
 */
export class RequestFault {
  readonly #faults: InboxContext["faults"];
  #taken = false;
  #action: FaultAction | undefined;

  constructor(faults: InboxContext["faults"]) {
    this.#faults = faults;
  }

  /** @returns how many bytes of the body to read before the connection is cut, if it is */
  takeBeforeBody(occasion: Pick<Occasion, "via" | "inbox">): number | undefined {
    const rules = this.#faults.list().filter((rule) => concerns(rule, occasion));
    const next = rules.find((rule) => needsAddresses(rule) || isDue(rule));
    if (next === undefined || needsAddresses(next) || next.action.type !== "drop") return undefined;
    const action = this.#take(occasion);
    return action?.type === "drop" ? (action.afterBytes ?? 0) : undefined;
  }

  take(occasion: Occasion): FaultAction | undefined {
    return this.#taken ? this.#action : this.#take(occasion);
  }

  #take(occasion: Occasion): FaultAction | undefined {
    this.#taken = true;
    this.#action = this.#faults.take({ ...occasion, stage: "request" });
    return this.#action;
  }
}

function concerns(rule: ActiveFault, { via, inbox }: Occasion): boolean {
  return rule.stage === "request" && (rule.via ?? via) === via && (rule.inbox ?? inbox) === inbox;
}

function needsAddresses({ from, to }: ActiveFault): boolean {
  return from !== undefined || to !== undefined;
}

function isDue({ asked, struck, every = 1, first = Number.POSITIVE_INFINITY }: ActiveFault): boolean {
  return (asked + 1) % every === 0 && struck < first;
}
