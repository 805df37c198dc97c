import { type LedgerStore, MailError, memoryStore } from "@mail/core";

type Method = keyof LedgerStore;

export interface FaultyLedger extends LedgerStore {
  /** Nothing reaches it. */
  isAway: boolean;
  /** The next call of this method is carried out, and its answer is lost. */
  loseAnswerOf: Method | undefined;
  /** How often each method was called. */
  readonly calls: Partial<Record<Method, number>>;
}

/** A ledger, in memory by default, that can be told to fail. Several may stand before one. */
export function faultyLedger(inner: LedgerStore = memoryLedger()): FaultyLedger {
  const away = (): MailError =>
    new MailError("The ledger is away.", { code: "unavailable", hint: "It is away for a test." });
  const guard =
    <Args extends unknown[], Result>(name: Method, call: (...args: Args) => Promise<Result>) =>
    async (...args: Args): Promise<Result> => {
      ledger.calls[name] = (ledger.calls[name] ?? 0) + 1;
      if (ledger.isAway) throw away();
      const result = await call(...args);
      if (ledger.loseAnswerOf !== name) return result;
      ledger.loseAnswerOf = undefined;
      throw away();
    };
  const ledger: FaultyLedger = {
    isAway: false,
    loseAnswerOf: undefined,
    calls: {},
    add: guard("add", (...args) => inner.add(...args)),
    find: guard("find", (...args) => inner.find(...args)),
    change: guard("change", (...args) => inner.change(...args)),
    renew: guard("renew", (...args) => inner.renew(...args)),
    list: guard("list", (...args) => inner.list(...args)),
    counts: guard("counts", (...args) => inner.counts(...args)),
    prune: guard("prune", (...args) => inner.prune(...args)),
    pausedBy: guard("pausedBy", (...args) => inner.pausedBy(...args)),
    setPaused: guard("setPaused", (...args) => inner.setPaused(...args)),
  };
  return ledger;
}

export function memoryLedger(): LedgerStore {
  return memoryStore().ledger;
}
