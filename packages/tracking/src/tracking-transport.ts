import {
  type BatchOutcome,
  type BatchRequest,
  deliver,
  deliverBatch,
  type Features,
  labelOf,
  type PreparedMessage,
  type Receipt,
  type Transport,
  type TransportContext,
  toMailError,
  wrapTransport,
} from "@mail/core";
import { toTrackedMail, toTrackedMails } from "./tracking-transport-mail.ts";
import type { MailRecorder, SendResult } from "./tracking-transport-recorder.ts";
import type { Unsubscribing } from "./unsubscribe/create-unsubscribe.ts";

type UnsubscribeMaker = Pick<Unsubscribing, "forMail" | "forBatch">;

/**
 * A transport that records what goes through it, and gives each recipient their own unsubscribe link.
 * @throws MailError `configuration` where `inner` is no transport
 */
export function trackingTransport(inner: Transport, recorder: MailRecorder, links: UnsubscribeMaker): Transport {
  const wrapped = wrapTransport(inner, {
    label: undefined,
    send: async (mail, context) => send(inner, recorder, links.forMail(mail), context),
    sendBatch: async (batch, context) => sendBatch(inner, recorder, links.forBatch(batch), context),
  });
  return Object.freeze({
    ...wrapped,
    features: withLabels(inner),
    async check(mail: PreparedMessage, context: TransportContext) {
      const linked = links.forMail(mail);
      await wrapped.check?.(linked, context);
    },
  });
}

/** Tags and metadata are recorded here, whether or not the inner transport carries them, as SMTP does not. */
function withLabels({ features, sendBatch }: Transport): Features {
  // A batch comes here cut to what the inner transport carries.
  if (sendBatch !== undefined) return features;
  return { ...features, fields: [...new Set([...features.fields, "tags", "metadata"] as const)] };
}

async function send(
  inner: Transport,
  recorder: MailRecorder,
  mail: PreparedMessage,
  context: TransportContext,
): Promise<Receipt> {
  const record = toTrackedMail(mail, labelOf(inner, context.label));
  const recorded = await recorder.before([record], context);
  try {
    const receipt = await deliver(inner, mail, context, context.label);
    await recorder.after([{ record, recorded, receipt }], context);
    return receipt;
  } catch (thrown) {
    const error = toMailError(thrown);
    await recorder.after([{ record, recorded, error }], context);
    throw error;
  }
}

async function sendBatch(
  inner: Transport,
  recorder: MailRecorder,
  batch: BatchRequest,
  context: TransportContext,
): Promise<readonly BatchOutcome[]> {
  const records = toTrackedMails(batch, labelOf(inner, context.label));
  let recorded: boolean;
  try {
    recorded = await recorder.before(records, context);
  } catch (thrown) {
    const error = toMailError(thrown);
    return records.map(({ id }) => ({ id, ok: false, error }));
  }
  const outcomes = await deliverBatch(inner, batch, context, { key: context.label });
  const byId = new Map(outcomes.map((outcome) => [outcome.id, outcome]));
  const results = records.flatMap((record): readonly SendResult[] => {
    const outcome = byId.get(record.id);
    if (outcome === undefined) return [];
    return [{ record, recorded, ...(outcome.ok ? { receipt: outcome.receipt } : { error: outcome.error }) }];
  });
  await recorder.after(results, context);
  return outcomes;
}
