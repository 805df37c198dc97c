import { checkOptions, type OptionRules, timeLimitRule } from "@mail/core";

export interface SqliteOptions {
  /** Path of the file; it is made where it does not exist, its folder is not. On a local disk. */
  readonly file: string;
  /** How long sent and cancelled mails are remembered, in milliseconds. Default: 7 days. */
  readonly keepMs?: number | undefined;
  /** How long mails are kept that were given up or are unknown, in milliseconds. Default: 30 days. */
  readonly keepDeadMs?: number | undefined;
  /** How long to wait for another process that writes, in milliseconds. Default: 5,000. */
  readonly busyTimeoutMs?: number | undefined;
}

const rules: OptionRules<SqliteOptions> = {
  file: { type: "string", required: true },
  keepMs: { type: "integer" },
  keepDeadMs: { type: "integer" },
  busyTimeoutMs: timeLimitRule,
};

/** @throws MailError `configuration` that names the option */
export function checkSqliteOptions(options: SqliteOptions): void {
  checkOptions("sqlite", options, rules);
}
