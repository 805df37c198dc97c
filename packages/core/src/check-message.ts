import { settleAfterAbort, untilAborted } from "./abort.ts";
import { carry } from "./carry.ts";
import { type MailError, unsentError } from "./mail-error.ts";
import type { CheckResult } from "./mailer.ts";
import type { Message } from "./message.ts";
import type { Pipeline } from "./pipeline.ts";
import type { PreparedMessage } from "./prepared-message.ts";
import type { ChosenTransport } from "./transport-registry.ts";

type Candidate = ChosenTransport | { readonly key: string; readonly error: MailError };

/** Runs a message through everything but the transport, for each candidate. */
export async function checkMessage(
  pipeline: Pipeline,
  message: Message,
  candidates: readonly Candidate[],
  signal: AbortSignal,
): Promise<readonly CheckResult[]> {
  let mail: PreparedMessage | undefined;
  const errors: MailError[] = [];
  try {
    ({ mail } = await pipeline.route(await pipeline.prepare(message, signal), signal));
    await untilAborted(readAttachments(mail), signal);
  } catch (thrown) {
    errors.push(unsentError(thrown));
  }
  return Promise.all(candidates.map((candidate) => checkOne(candidate, mail, errors, pipeline, signal)));
}

async function checkOne(
  candidate: Candidate,
  mail: PreparedMessage | undefined,
  errors: readonly MailError[],
  pipeline: Pipeline,
  signal: AbortSignal,
): Promise<CheckResult> {
  if ("error" in candidate)
    return { transport: candidate.key, ok: false, errors: [candidate.error, ...errors], dropped: [] };
  const { transport, label } = candidate;
  if (mail === undefined) return { transport: label, ok: false, errors, dropped: [] };
  try {
    const context = pipeline.context(signal);
    const { mail: carried, dropped } = carry(mail, transport.features, context.onUnsupported);
    // What cannot be read has been told already.
    const checking = errors.length > 0 ? undefined : transport.check?.(withoutBareStreams(carried), context);
    if (checking !== undefined) await settleAfterAbort(checking, signal, "not_sent");
    return { transport: label, ok: errors.length === 0, errors, dropped };
  } catch (thrown) {
    return { transport: label, ok: false, errors: [...errors, unsentError(thrown)], dropped: [] };
  }
}

/** A bare stream serves one attempt, which is not this one. */
function withoutBareStreams(mail: PreparedMessage): PreparedMessage {
  return { ...mail, attachments: mail.attachments.filter(({ reopenable }) => reopenable) };
}

/** Reads what can be read again, so that a missing file is found; bare streams are left alone. */
async function readAttachments({ attachments }: PreparedMessage): Promise<void> {
  for (const attachment of attachments.filter(({ reopenable }) => reopenable)) {
    for await (const _ of attachment.stream());
  }
}
