import { amendError, MailError, type PreparedMessage, type Receipt, type TransportReceipt } from "@mail/core";

/** What came of one recipient's copy. */
export interface RecipientResult {
  readonly recipient: string;
  readonly result: Receipt | MailError;
}

/**
 * One receipt for all copies of a mail. Where nobody has it, that is an error, and no surer of what became of the mail
 * than the least sure of them: who may have it must not get it again.
 * @throws MailError
 */
export function mergeReceipts(mail: PreparedMessage, results: readonly RecipientResult[]): TransportReceipt {
  const receipts = results.flatMap(({ result }) => (MailError.is(result) ? [] : [result]));
  const attempts = results.flatMap(({ result }) => result.attempts);
  const [first] = receipts;
  if (first === undefined) throw amendError(worstOf(results), { attempts });
  const providerIds = new Set(receipts.map(({ providerId }) => providerId));
  const { transport, messageId } = first;
  return {
    id: mail.id,
    status: receipts.some(({ status }) => status === "queued") ? "queued" : "sent",
    transport,
    // The one id of several transactions would be the wrong one for the others.
    providerId: providerIds.size === 1 ? first.providerId : undefined,
    messageId,
    accepted: receipts.flatMap(({ accepted }) => accepted),
    rejected: results.flatMap(({ recipient, result }) =>
      MailError.is(result) ? [{ address: recipient, error: result }] : result.rejected,
    ),
    attempts,
    dropped: [...new Set(receipts.flatMap(({ dropped = [] }) => dropped))],
    raw: receipts.map(({ raw }) => raw),
  };
}

/** What is not known comes first, then what is about the transport, so that a group goes on to the next one. */
function worstOf(results: readonly RecipientResult[]): MailError {
  const errors = results.flatMap(({ result }) => (MailError.is(result) ? [result] : []));
  const worst =
    errors.find(({ delivery }) => delivery === "unknown") ??
    errors.find(({ scope }) => scope === "transport") ??
    errors.find(({ retryable }) => retryable) ??
    errors[0];
  return worst as MailError;
}
