import {
  amendError,
  checkOptions,
  deliver,
  type Features,
  MailError,
  misconfigured,
  narrowEnvelope,
  type PreparedMessage,
  type Receipt,
  type Transport,
  type TransportContext,
  type TransportReceipt,
  toMailError,
  wrapTransport,
} from "@mail/core";
import { mergeReceipts, type RecipientResult } from "./merge-receipts.ts";
import { verpAddress } from "./verp-address.ts";
import { type VerpOptions, type VerpSettings, verpRules, verpSettings } from "./verp-options.ts";

export interface VerpTransportOptions extends VerpOptions {
  /** Default: the inner transport's. */
  readonly label?: string | undefined;
}

/** Transactions of one mail at once, as many as `smtp()` opens connections. */
const atOnce = 5;

/**
 * Gives each recipient's copy a return path of its own, signed, so that its bounces prove which mail and which recipient
 * they are about: one transaction for each recipient, whose results come in one receipt. A mail from the null sender
 * stays as it is. Once the transport as a whole fails, no other recipient is tried.
 * @throws MailError `configuration` for an unknown or wrong option, or a transport that takes no return path
 */
export function verp(inner: Transport, options: VerpTransportOptions): Transport {
  checkOptions("verp", options, { ...verpRules, label: { type: "string" } });
  const settings = verpSettings(options);
  const wrapped = wrapTransport(inner, {
    label: options.label,
    send: (mail, context) => send(inner, settings, mail, context),
  });
  if (!inner.features.fields.includes("envelope"))
    throw misconfigured("transport", `${inner.name} sets the return path itself`, "Wrap smtp(), before any group.");
  return Object.freeze({ ...wrapped, features: withoutBatch(inner.features) });
}

/** A batch has one return path. */
function withoutBatch({ batch: _, ...features }: Features): Features {
  return features;
}

async function send(
  inner: Transport,
  settings: VerpSettings,
  mail: PreparedMessage,
  context: TransportContext,
): Promise<TransportReceipt> {
  const { from, to } = mail.envelope;
  if (from === "") return await deliver(inner, mail, context, context.label);
  const copies = to.map((recipient) => copyFor(settings, mail, recipient));
  const [only, ...others] = copies;
  if (only !== undefined && others.length === 0) return await deliver(inner, only, context, context.label);
  refuseStreams(mail);

  const results: RecipientResult[] = [];
  let outage: MailError | undefined;
  const waiting = copies.entries();
  const work = async (): Promise<void> => {
    for (const [index, copy] of waiting) {
      const recipient = to[index] as string;
      const result = outage ?? (await deliverCopy(inner, copy, context));
      if (MailError.is(result) && result.scope === "transport") outage ??= unasked(result);
      results[index] = { recipient, result };
    }
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, copies.length) }, work));
  return mergeReceipts(mail, results);
}

function copyFor(settings: VerpSettings, mail: PreparedMessage, recipient: string): PreparedMessage {
  const from = verpAddress(settings, mail.id, recipient);
  if (from === undefined)
    throw new MailError("id: is no UUID", {
      code: "invalid_message",
      field: "id",
      hint: "A signed return path holds the mail's id: send through a mailer, which gives each mail one.",
    });
  const copy = narrowEnvelope(mail, [recipient]);
  return Object.freeze({ ...copy, envelope: { from, to: copy.envelope.to } });
}

async function deliverCopy(
  inner: Transport,
  copy: PreparedMessage,
  context: TransportContext,
): Promise<Receipt | MailError> {
  try {
    return await deliver(inner, copy, context, context.label);
  } catch (thrown) {
    return toMailError(thrown);
  }
}

/** The error for those who were not tried any more: whatever became of that one mail, theirs was not sent. */
function unasked(error: MailError): MailError {
  return amendError(error, { delivery: "not_sent", attempts: [] });
}

function refuseStreams({ attachments }: PreparedMessage): void {
  const index = attachments.findIndex(({ reopenable }) => !reopenable);
  if (index === -1) return;
  const field = `attachments[${index}].content`;
  throw new MailError(`${field}: is a stream, and each recipient gets a copy of their own`, {
    code: "invalid_message",
    field,
    hint: "Pass a function that opens the stream anew.",
  });
}
