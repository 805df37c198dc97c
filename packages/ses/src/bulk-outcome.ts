import type { BulkEmailEntryResult } from "@aws-sdk/client-sesv2";
import { type BatchOutcome, type BatchRecipient, MailError } from "@mail/core";
import { notSes } from "./ses-error.ts";
import { bulkStatuses } from "./ses-error-table.ts";

/** What SES says of one recipient of a batch; results come in the order of the entries. */
export function bulkOutcome({ id, to }: BatchRecipient, result: BulkEmailEntryResult | undefined): BatchOutcome {
  const { Status: status, MessageId: providerId, Error: text = "" } = result ?? {};
  if (status === undefined) return failed(id, notSes(200, "no status for this recipient", "unknown"));
  if (status !== "SUCCESS") return failed(id, statusError(status, text));
  if (!providerId) return failed(id, notSes(200, "no MessageId", "unknown"));
  return { id, ok: true, receipt: { status: "sent", providerId, accepted: [to.address], rejected: [], raw: result } };
}

function failed(id: string, error: MailError): BatchOutcome {
  return { id, ok: false, error };
}

function statusError(status: string, text: string): MailError {
  const rows = Object.hasOwn(bulkStatuses, status) ? bulkStatuses[status] : undefined;
  const row = rows?.find((candidate) => candidate.text === undefined || text.includes(candidate.text));
  const said = text === "" ? status : `${status}: ${text.slice(0, 500)}`;
  return new MailError(`SES answered ${said}`, {
    code: row?.code ?? "unknown",
    retryAfterMs: row?.retryAfterMs,
    // An answer that is not known here may mean anything.
    delivery: row === undefined ? "unknown" : "not_sent",
    response: { status: 200, text: said },
    hint: row?.hint ?? "SES gave a status that is not in its documentation.",
  });
}
