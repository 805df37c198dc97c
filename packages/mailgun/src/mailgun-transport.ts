import {
  type Adapter,
  type AdapterSession,
  type BatchOutcome,
  type DeliveryState,
  deadline,
  defineAdapter,
  MailError,
  type TransportContext,
  type TransportReceipt,
  untilAborted,
} from "@mail/core";
import { callMailgun, callThrough, type MailgunAnswer, type MailgunCaller } from "./mailgun-client.ts";
import { foreignAnswerError, mailgunError, takenTooEarly } from "./mailgun-error.ts";
import { mailgunFeatures } from "./mailgun-features.ts";
import {
  type MailgunOptions,
  type MailgunSettings,
  mailgunOptionsFromUrl,
  mailgunRules,
  mailgunSettings,
} from "./mailgun-options.ts";
import type { MailgunRequest } from "./mailgun-request.ts";
import { fitsMailgunBatch, toMailgunBatch } from "./to-mailgun-batch.ts";
import { toMailgunRequest } from "./to-mailgun-request.ts";

/**
 * Sends through Mailgun's messages API, by mailgun.js.
 * @throws MailError `configuration` for a missing, wrong or unknown option
 */
export const mailgun: Adapter<MailgunOptions> = defineAdapter({
  name: "mailgun",
  schemes: ["mailgun"],
  rules: mailgunRules,
  optionsFromUrl: mailgunOptionsFromUrl,
  secrets: ({ apiKey }) => (apiKey === undefined ? [] : [apiKey, Buffer.from(`api:${apiKey}`).toString("base64")]),
  features: mailgunFeatures,
  create: (options) => {
    const settings = mailgunSettings(options);
    const { client } = options;
    return createSession(settings, client === undefined ? callMailgun(settings) : callThrough(client, settings));
  },
});

function createSession({ testMode, timeoutMs }: MailgunSettings, caller: MailgunCaller): AdapterSession {
  const ask: Ask = (request, signal) => askMailgun(caller, request, signal, timeoutMs);
  return {
    async send(mail, { signal }) {
      const request = await untilAborted(toMailgunRequest(mail, testMode), signal);
      return toReceipt(await ask(request, signal), mail.envelope.to);
    },
    async sendBatch(batch, { signal }) {
      const request = await untilAborted(toMailgunBatch(batch, testMode), signal);
      const answer = await ask(request, signal);
      return batch.recipients.map(
        ({ id, to }): BatchOutcome => ({ id, ok: true, receipt: toReceipt(answer, [to.address]) }),
      );
    },
    fitsBatch: (mail, recipient) => fitsMailgunBatch(mail, recipient, testMode),
    async check(mail) {
      await toMailgunRequest(mail, testMode);
    },
    verify: ({ signal }) => verify(ask, signal),
    close: async () => caller.close?.(),
  };
}

type Accepted = MailgunAnswer & { readonly id: string };

type Ask = (request: MailgunRequest, signal: AbortSignal) => Promise<Accepted>;

/**
 * Asks for a mail without sender, recipient and text: Mailgun refuses it with 400, but only after it took the key and
 * knew the domain. A sending key may do nothing else, so there is no other question that all keys may ask.
 */
async function verify(ask: Ask, signal: TransportContext["signal"]): Promise<void> {
  try {
    await ask({ fields: [["o:testmode", "yes"]], files: [] }, signal);
  } catch (thrown) {
    const refused = MailError.is(thrown) && thrown.response?.status === 400 && thrown.scope !== "transport";
    if (!refused) throw thrown;
  }
}

async function askMailgun(
  caller: MailgunCaller,
  request: MailgunRequest,
  signal: AbortSignal,
  timeoutMs: number,
): Promise<Accepted> {
  using limit = deadline(signal, timeoutMs);
  const { answer, exchange } = await caller.call(request, limit.signal);
  const delivery = (): DeliveryState => exchange?.delivery ?? "unknown";
  try {
    const { id, ...rest } = await untilAborted(answer, limit.signal, delivery);
    if (typeof id !== "string" || id === "") throw foreignAnswerError(rest);
    if (exchange?.handedOver === false) throw takenTooEarly();
    return { id, ...rest };
  } catch (thrown) {
    throw MailError.is(thrown) ? thrown : mailgunError(thrown, exchange);
  }
}

/**
 * Mailgun's id is the Message-ID: ours, as it was asked for in `h:Message-Id`, or one that it made, which all mails of a
 * batch have in common.
 */
function toReceipt({ id, message, status }: Accepted, accepted: readonly string[]): TransportReceipt {
  const providerId = id.replace(/^<|>$/g, "");
  return {
    status: "sent",
    providerId,
    messageId: `<${providerId}>`,
    accepted,
    rejected: [],
    raw: { id, message, status },
  };
}
