import type { BatchMail, BatchRecipient } from "./batch.ts";
import { withDerivedHeaders } from "./prepare-headers.ts";
import type { PreparedMessage } from "./prepared-message.ts";

/** Whether a prepared mail can be one of a batch: what is equal in all of them is sent once, and each has one recipient. */
export function canBeOneOfMany({ to, cc, bcc, envelope, attachments, amp, unsubscribe }: PreparedMessage): boolean {
  const [recipient] = to;
  return (
    to.length + cc.length + bcc.length === 1 &&
    envelope.to.length === 1 &&
    envelope.to[0] === recipient?.address &&
    attachments.every(({ reopenable }) => reopenable) &&
    // A tracker may put a link of each recipient's own into it, and amp is not merged.
    (amp === undefined || unsubscribe === undefined)
  );
}

/** What a mail has in common with its equals. Texts hold no placeholders: what looks like one is the mail's own text. */
export function batchMailOf(prepared: PreparedMessage): BatchMail {
  const { id, messageId, to, cc, bcc, idempotencyKey, envelope, subject, text, html, headers, ...shared } = prepared;
  const { derived } = splitHeaders(prepared);
  return Object.freeze({
    ...shared,
    envelope: { from: envelope.from },
    subject: [subject],
    ...(text !== undefined && { text: [text] }),
    ...(html !== undefined && { html: [html] }),
    headers: Object.fromEntries(derived.map(([name, value]) => [name, [value]])),
    metadata: {},
  });
}

/** What a mail has of its own. @param shared what `batchMailOf` made of an equal mail */
export function recipientOf(prepared: PreparedMessage, { template: shared }: BatchMail): BatchRecipient {
  const { id, messageId, to, metadata, template, idempotencyKey } = prepared;
  const [recipient] = to as readonly [PreparedMessage["to"][number]];
  const { own } = splitHeaders(prepared);
  // Data goes out as JSON, whatever it was before.
  const hasOwnData = JSON.stringify(template?.data) !== JSON.stringify(shared?.data);
  return Object.freeze({
    id,
    messageId,
    to: recipient,
    values: {},
    htmlValues: {},
    headers: Object.fromEntries(own),
    metadata,
    ...(template !== undefined && hasOwnData && { templateData: template.data }),
    ...(idempotencyKey !== undefined && { idempotencyKey }),
  });
}

type Headers = readonly (readonly [name: string, value: string])[];

/** Those that follow from fields which all mails of a batch share go by these fields, in a composite or a tracker too. */
function splitHeaders({ headers, inReplyTo, references, priority, unsubscribe }: PreparedMessage): {
  readonly derived: Headers;
  readonly own: Headers;
} {
  const fields = {
    references,
    ...(inReplyTo !== undefined && { inReplyTo }),
    ...(priority !== undefined && { priority }),
    ...(unsubscribe !== undefined && { unsubscribe }),
  };
  const names = withDerivedHeaders({}, fields);
  const isDerived = ([name]: Headers[number]): boolean => Object.hasOwn(names, name);
  const all = Object.entries(headers);
  return { derived: all.filter(isDerived), own: all.filter((header) => !isDerived(header)) };
}
