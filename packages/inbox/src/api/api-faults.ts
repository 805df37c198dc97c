import type { FaultAction, FaultOccasion } from "../fault.ts";
import type { InboxContext } from "../inbox.ts";

type Occasion = Omit<FaultOccasion, "stage">;

/**
 * The fault that strikes a request; asked once. A rule that cuts connections, whatever the addresses, is asked before
 * the body is read, because the body may be cut as well; all others know the addresses.
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
    const cuts = this.#faults.list().some((rule) => {
      const { action, stage, via = occasion.via, inbox = occasion.inbox, from, to } = rule;
      const fits = stage === "request" && via === occasion.via && inbox === occasion.inbox;
      return fits && action.type === "drop" && from === undefined && to === undefined;
    });
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
