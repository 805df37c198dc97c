import {
  type Adapter,
  type AdapterSession,
  abortError,
  type BatchOutcome,
  defineAdapter,
  type MailError,
  type MailErrorCode,
  renderBatchRecipient,
  type Transport,
  type TransportReceipt,
  untilAborted,
} from "@mail/core";
import { PlannedFailures } from "./mock-error.ts";
import { type MockOptions, mockFeatures, mockRules } from "./mock-options.ts";
import { Outbox } from "./outbox.ts";
import type { SentMail } from "./sent-mail.ts";
import { readAttachments, toSentMail } from "./to-sent-mail.ts";

/** A transport that keeps what it is given, and fails when told to. */
export interface MockTransport extends Transport {
  /** The mails that were sent up to now, oldest first. A batch is one mail per recipient. Failed mails are not here. */
  readonly sent: readonly SentMail[];
  /** The newest mail. */
  readonly last: SentMail | undefined;
  /** Forgets the mails that were sent and all planned failures. */
  clear(): void;
  /**
   * The first mail that fits, sent already or still to come.
   * @param timeoutMs default 1,000 ms
   * @throws Error that lists what was sent, when the time has run out
   */
  waitFor(predicate: (mail: SentMail) => boolean, timeoutMs?: number): Promise<SentMail>;
  /**
   * Fails the next mails, of any kind; several calls queue up. Each recipient of a batch counts as one mail.
   * @param times default 1; `Infinity`: until `clear()`
   * @throws MailError `configuration` for an unknown code
   */
  failNext(codeOrError: MailErrorCode | MailError, times?: number): void;
  /**
   * Fails each mail for which the predicate is true, until `clear()`. What `failNext` planned comes first.
   * @throws MailError `configuration` for an unknown code
   */
  failWhen(predicate: (mail: SentMail) => boolean, codeOrError: MailErrorCode | MailError): void;
}

/** Makes mocks, from options or from a URL such as `mock://default?latencyMs=20`. */
export interface MockAdapter {
  /** @throws MailError `configuration` that names the option */
  (options?: MockOptions): MockTransport;
  readonly schemes: readonly string[];
  /** @throws MailError `configuration` that names what is unknown */
  fromUrl(url: string | URL): MockTransport;
}

const schemes = ["mock"];

export const mock: MockAdapter = Object.assign(
  (options: MockOptions = {}): MockTransport => withControls((adapter) => adapter(options)),
  { schemes, fromUrl: (url: string | URL): MockTransport => withControls((adapter) => adapter.fromUrl(url)) },
);

/** Each mock has an outbox and failures of its own. */
function withControls(make: (adapter: Adapter<MockOptions>) => Transport): MockTransport {
  const outbox = new Outbox();
  const failures = new PlannedFailures();
  const adapter = defineAdapter<MockOptions>({
    name: "mock",
    schemes,
    rules: mockRules,
    optionsFromUrl: () => ({}),
    secrets: () => [],
    features: mockFeatures,
    create: (options) => mockSession(options, outbox, failures),
  });
  return Object.freeze({
    ...make(adapter),
    get sent() {
      return outbox.sent;
    },
    get last() {
      return outbox.last;
    },
    clear: () => {
      outbox.clear();
      failures.clear();
    },
    waitFor: (predicate: (mail: SentMail) => boolean, timeoutMs?: number) => outbox.waitFor(predicate, timeoutMs),
    failNext: (codeOrError: MailErrorCode | MailError, times = 1) => failures.failNext(codeOrError, times),
    failWhen: (predicate: (mail: SentMail) => boolean, codeOrError: MailErrorCode | MailError) =>
      failures.failWhen(predicate, codeOrError),
  });
}

function mockSession(options: MockOptions, outbox: Outbox, failures: PlannedFailures): AdapterSession {
  const { latencyMs = 0 } = options;

  function accept(mail: SentMail): TransportReceipt {
    outbox.add(mail);
    return {
      status: "sent",
      providerId: `mock-${mail.id}`,
      messageId: mail.messageId,
      accepted: mail.envelope.to,
      rejected: [],
    };
  }

  return {
    async send(prepared, { signal }) {
      const mail = toSentMail(prepared, await untilAborted(readAttachments(prepared.attachments), signal));
      const error = failures.take(mail);
      await wait(latencyMs, signal);
      if (error !== undefined) throw error;
      return accept(mail);
    },
    ...(mockFeatures(options).batch !== undefined && {
      async sendBatch({ mail: template, recipients }, { signal }) {
        const attachments = await untilAborted(readAttachments(template.attachments), signal);
        const decided = recipients.map((recipient) => {
          const mail = toSentMail(renderBatchRecipient(template, recipient), attachments);
          return { mail, error: failures.take(mail) };
        });
        await wait(latencyMs, signal);
        return decided.map(
          ({ mail, error }): BatchOutcome =>
            error === undefined ? { id: mail.id, ok: true, receipt: accept(mail) } : { id: mail.id, ok: false, error },
        );
      },
    }),
    verify: ({ signal }) => wait(latencyMs, signal),
  };
}

/** Takes its time. @throws MailError `aborted` or `timeout`; nothing is stored then, so it is `not_sent` */
async function wait(latencyMs: number, signal: AbortSignal): Promise<void> {
  if (latencyMs > 0 && !signal.aborted) {
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, latencyMs);
    const onAbort = (): void => resolve();
    signal.addEventListener("abort", onAbort, { once: true });
    await promise;
    clearTimeout(timer);
    signal.removeEventListener("abort", onAbort);
  }
  if (signal.aborted) throw abortError(signal);
}
