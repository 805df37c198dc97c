import type { ActiveFault, FaultAction, FaultOccasion } from "../fault.ts";
import type { InboxContext } from "../inbox.ts";

type Occasion = Omit<FaultOccasion, "stage">;

/**
 * The fault that strikes a request; asked once. Where a rule is about to cut the connection, whatever the addresses, it
 * is asked before the body is read, because the body may be cut as well; all others know the addresses.
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
    const cuts = this.#faults.list().some((rule) => cutsNow(rule, occasion));
    if (!cuts) return undefined;
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

function cutsNow(rule: ActiveFault, { via, inbox }: Occasion): boolean {
  const fits = rule.stage === "request" && (rule.via ?? via) === via && (rule.inbox ?? inbox) === inbox;
  const whateverAddresses = rule.from === undefined && rule.to === undefined;
  const isDue = (rule.asked + 1) % (rule.every ?? 1) === 0 && rule.struck < (rule.first ?? Number.POSITIVE_INFINITY);
  return rule.action.type === "drop" && fits && whateverAddresses && isDue;
}
