import { isDeepStrictEqual } from "node:util";
import { abortError } from "./abort.ts";
import type { BatchMail, BatchRecipient } from "./batch.ts";
import { BatchPlanner } from "./batch-planner.ts";
import { deliverBatch } from "./deliver-batch.ts";
import { isSameAttachment } from "./prepare-attachment.ts";
import type { PreparedMessage } from "./prepared-message.ts";
import type { TransportReceipt } from "./receipt.ts";
import { signalOfAll } from "./shared-signals.ts";
import type { Transport, TransportContext } from "./transport.ts";
import type { ChosenTransport } from "./transport-registry.ts";
import { wrapTransport } from "./wrap-transport.ts";

/** A mail that waits for others, and who waits for its receipt. */
interface Waiting {
  readonly mail: PreparedMessage;
  readonly context: TransportContext;
  readonly resolve: (receipt: TransportReceipt | Promise<TransportReceipt>) => void;
  readonly reject: (error: unknown) => void;
}

interface Member extends Waiting {
  readonly recipient: BatchRecipient;
}

/** The same choice of a transport, made once, which takes mails one by one and sends equal ones together. */
export function gathering(choose: () => ChosenTransport): () => ChosenTransport {
  let chosen: ChosenTransport | undefined;
  return () => {
    if (chosen !== undefined) return chosen;
    const { transport, key, label } = choose();
    chosen = {
      transport: transport.sendBatch === undefined ? transport : gatherEqualMails(transport, key),
      key,
      label,
    };
    return chosen;
  };
}

/**
 * Sends mails that came one after the other and are equal in all that a batch shares in one request. Each has an outcome of
 * its own.
 * @param key the mailer's for the transport
 */
function gatherEqualMails(transport: Transport, key: string | undefined): Transport {
  let waiting: Waiting[] = [];
  /** Once a turn brings no more; a run brings no more than its `concurrency`. */
  const sendFrom = (count: number): void => {
    if (waiting.length > count) {
      setImmediate(sendFrom, waiting.length);
      return;
    }
    const mails = waiting;
    waiting = [];
    for (const equal of groupEqualMails(mails)) sendTogether(transport, key, equal);
  };
  return wrapTransport(transport, {
    label: undefined,
    send(mail, context) {
      if (!hasOneRecipient(mail)) return transport.send(mail, context);
      if (waiting.length === 0) setImmediate(sendFrom, 1);
      const { promise, resolve, reject } = Promise.withResolvers<TransportReceipt>();
      waiting.push({ mail, context, resolve, reject });
      return promise;
    },
  });
}

function hasOneRecipient({ to, cc, bcc, envelope, attachments }: PreparedMessage): boolean {
  const [address, ...others] = [...to, ...cc, ...bcc];
  const goesToThem = isDeepStrictEqual(envelope.to, [address?.address]);
  return others.length === 0 && to.length === 1 && goesToThem && attachments.every(({ reopenable }) => reopenable);
}

function groupEqualMails(mails: readonly Waiting[]): readonly (readonly Waiting[])[] {
  const alike = new Map<string, Waiting[][]>();
  for (const one of mails) {
    const { from, subject, text, html, template } = one.mail;
    const look = JSON.stringify([from.address, subject, text?.length, html?.length, template?.id]);
    const groups = alike.get(look) ?? [];
    const equal = groups.find(([first]) => first !== undefined && areEqual(first.mail, one.mail));
    if (equal === undefined) groups.push([one]);
    else equal.push(one);
    alike.set(look, groups);
  }
  return [...alike.values()].flat();
}

/** In everything but what a recipient of a batch has of their own. */
function areEqual(one: PreparedMessage, other: PreparedMessage): boolean {
  return (
    one.attachments.length === other.attachments.length &&
    one.attachments.every((file, index) => isSameAttachment(file, other.attachments[index])) &&
    isDeepStrictEqual(sharedFields(one), sharedFields(other))
  );
}

function sharedFields(mail: PreparedMessage): object {
  const { id, messageId, date, envelope, to, headers, metadata, template, idempotencyKey, attachments, ...shared } =
    mail;
  return { ...shared, returnPath: envelope.from, template: template?.id };
}

function sendTogether(transport: Transport, key: string | undefined, equal: readonly Waiting[]): void {
  const open = equal.filter(({ context: { signal }, reject }) => {
    if (signal.aborted) reject(abortError(signal));
    return !signal.aborted;
  });
  const [first] = open;
  if (first === undefined) return;
  const mail = batchMailOf(first.mail);
  const planner = new BatchPlanner<Member>(mail, transport, first.context.onUnsupported);
  const entries = open.map((one) => ({ ...one, recipient: recipientOf(one.mail, mail) }));
  for (const { entries: members } of entries.flatMap((entry) => planner.add(entry)).concat(planner.rest())) {
    if (members.length > 1) void sendBatch(transport, key, mail, members);
    else for (const { mail, context, resolve } of members) resolve(transport.send(mail, context));
  }
}

async function sendBatch(
  transport: Transport,
  key: string | undefined,
  mail: BatchMail,
  members: readonly Member[],
): Promise<void> {
  const [{ context }] = members as readonly [Member, ...Member[]];
  using all = signalOfAll(members.map(({ context: { signal } }) => signal));
  const recipients = members.map(({ recipient }) => recipient);
  const outcomes = await deliverBatch(transport, { mail, recipients }, { ...context, signal: all.signal }, { key });
  for (const [index, outcome] of outcomes.entries()) {
    const { resolve, reject } = members[index] as Member;
    if (outcome.ok) resolve(outcome.receipt);
    else reject(outcome.error);
  }
}

/** Texts hold no placeholders: what looks like one is the mail's own text. */
function batchMailOf(prepared: PreparedMessage): BatchMail {
  const { id, messageId, to, cc, bcc, idempotencyKey, envelope, subject, text, html, headers, ...shared } = prepared;
  return Object.freeze({
    ...shared,
    envelope: { from: envelope.from },
    subject: [subject],
    ...(text !== undefined && { text: [text] }),
    ...(html !== undefined && { html: [html] }),
    headers: {},
    metadata: {},
  });
}

function recipientOf(prepared: PreparedMessage, shared: BatchMail): BatchRecipient {
  const { id, messageId, to, headers, metadata, template, idempotencyKey } = prepared;
  const [recipient] = to as readonly [PreparedMessage["to"][number]];
  return Object.freeze({
    id,
    messageId,
    to: recipient,
    values: {},
    htmlValues: {},
    headers,
    metadata,
    ...(template !== undefined && !isDeepStrictEqual(template, shared.template) && { templateData: template.data }),
    ...(idempotencyKey !== undefined && { idempotencyKey }),
  });
}
