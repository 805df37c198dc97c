import { type Deadline, deadline } from "./abort.ts";
import type { BulkRecipient } from "./bulk-recipient.ts";
import { checkMailerOptions } from "./check-mailer-options.ts";
import { checkMessage } from "./check-message.ts";
import { misconfigured } from "./configuration-error.ts";
import { gathering } from "./gather-equal-mails.ts";
import { show } from "./invalid.ts";
import type {
  CheckResult,
  Mailer,
  MailerOptions,
  SendBulkOptions,
  SendManyOptions,
  SendOptions,
  TransportChoice,
  VerifyResult,
} from "./mailer.ts";
import type { Message } from "./message.ts";
import { Pipeline } from "./pipeline.ts";
import { bulkUnits } from "./send-bulk.ts";
import { messageUnits } from "./send-many.ts";
import { createSendRun, type RunInput, type RunOptions, type RunProgress } from "./send-run.ts";
import { SharedSignals } from "./shared-signals.ts";
import type { ChosenTransport } from "./transport-registry.ts";
import { verifyAll, verifyTransport } from "./verify-transports.ts";

const defaultConcurrency = 10;

type Limits = Pick<SendOptions, "signal" | "timeoutMs" | "suppressions">;
type OneOrAll<Name extends string> = Pick<SendOptions, "signal" | "timeoutMs"> & {
  readonly transport?: TransportChoice<Name> | "all" | undefined;
};

/**
 * Makes a mailer: `createMailer({ transport })`, or `createMailer({ use, transports })` to switch by one entry.
 * @throws MailError `configuration` that names the option
 */
export function createMailer<Name extends string = string>(options: MailerOptions<Name>): Mailer<Name> {
  checkMailerOptions(options);
  const pipeline = new Pipeline(options);
  const signals = new SharedSignals();

  const within = async <T>(limits: Limits, work: (signal: AbortSignal) => Promise<T>): Promise<T> => {
    checkLimits(limits);
    const { signal, timeoutMs } = limits;
    using limit: Deadline = deadline(signal, timeoutMs, signals.listen);
    return await pipeline.track(() => work(limit.signal));
  };
  const chooserOf =
    ({ transport }: SendOptions<Name>) =>
    () =>
      pipeline.registry.choose(transport);
  const sendBy = (choose: () => ChosenTransport, message: Message, choice: SendOptions<Name>) =>
    within(choice, (signal) => pipeline.send(message, { choose, suppressions: choice.suppressions }, signal));

  const tell = (progress: RunProgress): void => pipeline.events.emit("progress", progress);

  const mailer = {
    send: (message: Message, choice: SendOptions<Name> = {}) => sendBy(chooserOf(choice), message, choice),
    sendMany(messages: Iterable<Message> | AsyncIterable<Message>, choice: SendManyOptions<Name> = {}) {
      requireInput(messages, "messages");
      refuseUnknownOptions("sendMany", choice, [...bulkOptions, "inBatches"]);
      const choose = isInBatches(choice) ? gathering(chooserOf(choice)) : chooserOf(choice);
      const units = (input: RunInput) => messageUnits(messages, (message) => sendBy(choose, message, choice), input);
      return createSendRun(units, runOptions(choice, tell));
    },
    sendBulk(
      message: Message,
      recipients: Iterable<BulkRecipient> | AsyncIterable<BulkRecipient>,
      choice: SendBulkOptions<Name> = {},
    ) {
      requireInput(recipients, "recipients");
      refuseUnknownOptions("sendBulk", choice, bulkOptions);
      const units = (input: RunInput) =>
        bulkUnits(
          {
            pipeline,
            choose: chooserOf(choice),
            within: (work) => within(choice, work),
            suppressions: choice.suppressions,
          },
          message,
          recipients,
          input,
        );
      return createSendRun(units, runOptions(choice, tell));
    },
    async check(message: Message, choice: OneOrAll<Name> = {}): Promise<CheckResult | readonly CheckResult[]> {
      return await within(choice, async (signal) => {
        if (choice.transport === "all") return checkMessage(pipeline, message, pipeline.registry.all(), signal);
        const [result] = await checkMessage(pipeline, message, [pipeline.registry.choose(choice.transport)], signal);
        return result as CheckResult;
      });
    },
    async verify(choice: OneOrAll<Name> = {}) {
      return await within<readonly VerifyResult[] | undefined>(choice, async (signal) => {
        if (choice.transport === "all") return verifyAll(pipeline, signal);
        await verifyTransport(pipeline, pipeline.registry.choose(choice.transport), signal);
        return undefined;
      });
    },
    use(middleware) {
      pipeline.middleware.push(middleware);
      return mailer;
    },
    on: (event, handler) => pipeline.events.on(event, handler),
    close: () => pipeline.close(),
    [Symbol.asyncDispose]: () => pipeline.close(),
  } as Mailer<Name>;
  return mailer;
}

const bulkOptions = ["transport", "signal", "timeoutMs", "suppressions", "concurrency", "startAt"];

/** @throws MailError `configuration`: a misspelt `startAt` would send thousands of mails twice */
function refuseUnknownOptions(method: string, choice: object, known: readonly string[]): void {
  const unknown = Object.keys(choice).find((name) => !known.includes(name));
  if (unknown !== undefined)
    throw misconfigured(unknown, `is not an option of ${method}()`, `Options: ${known.join(", ")}.`);
}

/** Checks the options of a run. @throws MailError `configuration` that names the option */
function runOptions(choice: SendBulkOptions, tell: RunOptions["tell"]): RunOptions {
  const { concurrency = defaultConcurrency, startAt = 0, signal } = choice;
  if (!Number.isSafeInteger(concurrency) || concurrency < 1)
    throw misconfigured("concurrency", `is ${concurrency}`, "Use a whole number from 1.");
  if (!Number.isSafeInteger(startAt) || startAt < 0)
    throw misconfigured("startAt", `is ${startAt}`, "Use a whole number from 0, such as the `position` of a run.");
  checkLimits(choice);
  return { concurrency, startAt, signal, tell };
}

/** @throws MailError `configuration` */
function isInBatches({ inBatches = false }: SendManyOptions): boolean {
  if (typeof inBatches === "boolean") return inBatches;
  throw misconfigured("inBatches", `is ${show(inBatches)}`, "Use true or false.");
}

/** Refuses one message where many are asked for. */
function requireInput(input: unknown, field: string): void {
  const iterable =
    typeof input === "object" && input !== null && (Symbol.iterator in input || Symbol.asyncIterator in input);
  if (!iterable)
    throw misconfigured(field, "is no array and no iterable", "Pass an array, a generator or a stream of objects.");
}

function checkLimits({ signal, timeoutMs, suppressions }: Limits): void {
  if (timeoutMs !== undefined && !(typeof timeoutMs === "number" && timeoutMs > 0))
    throw misconfigured(
      "timeoutMs",
      `is ${typeof timeoutMs === "number" ? timeoutMs : show(timeoutMs)}`,
      "Use milliseconds above 0.",
    );
  if (signal !== undefined && !(signal instanceof AbortSignal))
    throw misconfigured("signal", "is no AbortSignal", "Pass `controller.signal`.");
  if (suppressions !== undefined && suppressions !== "apply" && suppressions !== "ignore")
    throw misconfigured("suppressions", `is ${JSON.stringify(suppressions)}`, 'Use "apply" or "ignore".');
}
