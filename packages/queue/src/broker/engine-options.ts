import { type LedgerStore, misconfigured, type OptionRule, type Store, timeLimitRule } from "@mail/core";

/** What every engine with a broker can be told. */
export interface BrokerEngineOptions {
  /** Of the queue. Letters, digits, `-` and `_`, at most 100. */
  readonly name: string;
  /**
   * How long adding mails may take where the server is away, in milliseconds; within that time it is tried again.
   * Default 5,000. A longer time makes it wait for the server instead of failing fast.
   */
  readonly timeoutMs?: number | undefined;
  /** How long sent and cancelled mails are remembered, in milliseconds. Default: 7 days. */
  readonly keepMs?: number | undefined;
  /** How long mails are kept that were given up or are unknown, in milliseconds. Default: 30 days. */
  readonly keepDeadMs?: number | undefined;
}

export const brokerEngineRules: Readonly<Record<keyof BrokerEngineOptions, OptionRule>> = {
  name: { type: "string", required: true },
  timeoutMs: timeLimitRule,
  keepMs: { type: "integer" },
  keepDeadMs: { type: "integer" },
};

export const defaultTimeoutMs = 5_000;

/** @throws MailError `configuration` where the store has none */
export function ledgerOf({ ledger }: Pick<Store, "ledger">): LedgerStore {
  if (ledger !== undefined) return ledger;
  const hint = "Use one of @mail/store: sqliteStore, redisStore or postgresStore.";
  throw misconfigured("store", "keeps no ledger", hint);
}
