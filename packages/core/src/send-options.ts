import { misconfigured } from "./configuration-error.ts";
import { show } from "./invalid.ts";
import type { SendBulkOptions, SendManyOptions, SendOptions } from "./mailer.ts";
import { checkOptions, type OptionRule, type OptionRules } from "./option-rules.ts";
import type { RunOptions } from "./send-run.ts";

export type SendLimits = Pick<SendOptions, "signal" | "timeoutMs" | "suppressions">;

/** Checked below, in words of its own. */
const ownCheck: OptionRule = { type: "any" };

const bulkRules: OptionRules<SendBulkOptions> = {
  transport: { type: ["string", "object"] },
  signal: ownCheck,
  timeoutMs: ownCheck,
  suppressions: ownCheck,
  concurrency: ownCheck,
  startAt: ownCheck,
};
const manyRules: OptionRules<SendManyOptions> = { ...bulkRules, inBatches: { type: "boolean" } };

const defaultConcurrency = 10;

/** @throws MailError `configuration` that names the option: a misspelt `startAt` would send thousands of mails twice */
export function checkRunOptions(method: "sendMany" | "sendBulk", choice: SendManyOptions): Omit<RunOptions, "tell"> {
  checkOptions(method, choice, method === "sendMany" ? manyRules : bulkRules);
  checkSendLimits(choice);
  const { concurrency = defaultConcurrency, startAt = 0, signal } = choice;
  if (!Number.isSafeInteger(concurrency) || concurrency < 1)
    throw misconfigured("concurrency", `is ${shown(concurrency)}`, "Use a whole number from 1.");
  if (!Number.isSafeInteger(startAt) || startAt < 0)
    throw misconfigured(
      "startAt",
      `is ${shown(startAt)}`,
      "Use a whole number from 0, such as the `position` of a run.",
    );
  return { concurrency, startAt, signal };
}

/** @throws MailError `configuration` that names the option */
export function checkSendLimits({ signal, timeoutMs, suppressions }: SendLimits): void {
  if (timeoutMs !== undefined && !(typeof timeoutMs === "number" && timeoutMs > 0))
    throw misconfigured("timeoutMs", `is ${shown(timeoutMs)}`, "Use milliseconds above 0.");
  if (signal !== undefined && !(signal instanceof AbortSignal))
    throw misconfigured("signal", "is no AbortSignal", "Pass `controller.signal`.");
  if (suppressions !== undefined && suppressions !== "apply" && suppressions !== "ignore")
    throw misconfigured("suppressions", `is ${show(suppressions)}`, 'Use "apply" or "ignore".');
}

const shown = (value: unknown): string => (typeof value === "number" ? String(value) : show(value));

/** Refuses one message where many are asked for. @throws MailError `configuration` */
export function requireInput(input: unknown, field: string): void {
  const iterable =
    typeof input === "object" && input !== null && (Symbol.iterator in input || Symbol.asyncIterator in input);
  if (!iterable)
    throw misconfigured(field, "is no array and no iterable", "Pass an array, a generator or a stream of objects.");
}
