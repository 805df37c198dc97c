import { MailError, type Receipt } from "@mail/core";
import type { Column } from "./columns.ts";
import { copiesByRecipient } from "./copies.ts";
import type { ReceivedMail } from "./servers/received-mail.ts";

/** Where what the app was told is not what happened. Empty: they agree. */
export function problemsIn(
  told: Receipt | MailError,
  mails: readonly ReceivedMail[],
  { optIn = false }: Pick<Column, "optIn">,
): readonly string[] {
  const copies = copiesByRecipient(mails);
  const wasUnknown = told.attempts.some(({ error }) => error?.delivery === "unknown");
  const problems: string[] = [];
  for (const [address, count] of copies) {
    if (count > 1 && !(optIn && wasUnknown)) problems.push(`doubled: ${address} has ${count} copies`);
  }
  if (MailError.is(told)) {
    if (told.delivery === "not_sent" && copies.size > 0) problems.push("told not sent, but it was accepted");
  } else {
    const refused = told.rejected.filter(({ error }) => error.delivery === "not_sent").map(({ address }) => address);
    problems.push(...told.accepted.filter((address) => !copies.has(address)).map((address) => `lost: ${address}`));
    problems.push(...refused.filter((address) => copies.has(address)).map((address) => `told refused: ${address}`));
  }
  return [...problems, ...idProblems(told, mails), ...attemptProblems(told)];
}

/** Every try is the same mail. */
function idProblems(told: Receipt | MailError, mails: readonly ReceivedMail[]): readonly string[] {
  const mailIds = new Set(mails.map(({ mailId }) => mailId));
  const messageIds = new Set(mails.flatMap(({ messageId }) => messageId ?? []));
  const foreign = !MailError.is(told) && !mailIds.has(told.id);
  return [
    ...(mailIds.size > 1 || mailIds.has(undefined) ? ["the tries differ in X-Mail-Id"] : []),
    ...(messageIds.size > 1 ? ["the tries differ in Message-ID"] : []),
    ...(foreign ? ["the receipt has another id than the mail"] : []),
  ];
}

/** A list of tries that is true: nothing after a success, nothing earlier than the other side asked for. */
function attemptProblems({ attempts }: Receipt | MailError): readonly string[] {
  const problems: string[] = [];
  for (const [index, { transport, at, durationMs, error }] of attempts.entries()) {
    const next = attempts[index + 1];
    if (next?.transport !== transport) continue;
    const wanted = error?.retryAfterMs ?? 0;
    // The clock counts whole milliseconds, and the wait begins when the try has ended.
    if (next.at.getTime() - at.getTime() + 2 < durationMs + wanted) problems.push("tried again too early");
  }
  if (attempts.length === 0) problems.push("there is no attempt");
  return problems;
}
