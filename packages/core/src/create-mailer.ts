import { type Deadline, deadline } from "./abort.ts";
import type { BulkRecipient } from "./bulk-recipient.ts";
import { checkMailerOptions } from "./check-mailer-options.ts";
import { checkMessage } from "./check-message.ts";
import { gathering } from "./gather-equal-mails.ts";
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
import { checkRunOptions, checkSendLimits, requireInput, type SendLimits } from "./send-options.ts";
import { createSendRun, type RunInput, type RunProgress } from "./send-run.ts";
import { SharedSignals } from "./shared-signals.ts";
import type { ChosenTransport } from "./transport-registry.ts";
import { verifyAll, verifyTransport } from "./verify-transports.ts";

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

  const within = async <T>(limits: SendLimits, work: (signal: AbortSignal) => Promise<T>): Promise<T> => {
    checkSendLimits(limits);
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
      const options = checkRunOptions("sendMany", choice);
      const choose = choice.inBatches ? gathering(chooserOf(choice)) : chooserOf(choice);
      const units = (input: RunInput) => messageUnits(messages, (message) => sendBy(choose, message, choice), input);
      return createSendRun(units, { ...options, tell });
    },
    sendBulk(
      message: Message,
      recipients: Iterable<BulkRecipient> | AsyncIterable<BulkRecipient>,
      choice: SendBulkOptions<Name> = {},
    ) {
      requireInput(recipients, "recipients");
      const options = checkRunOptions("sendBulk", choice);
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
      return createSendRun(units, { ...options, tell });
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
