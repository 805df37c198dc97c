import { deadline } from "./abort.ts";
import type { BatchOutcome, BatchRecipient, BatchRequest } from "./batch.ts";
import { carry } from "./carry.ts";
import { deliver } from "./deliver.ts";
import { sendBatchThroughGroup } from "./group-batch.ts";
import { attemptsOf, joinErrors, mayAskNext } from "./group-error.ts";
import { Member, wellFirst } from "./group-member.ts";
import { checkGroup, defaultCooldownMs, type GroupOptions } from "./group-options.ts";
import { amendError, MailError, toMailError, unsentError } from "./mail-error.ts";
import type { PreparedMessage } from "./prepared-message.ts";
import type { Attempt, Receipt } from "./receipt.ts";
import { tell } from "./tell.ts";
import type { Transport, TransportContext } from "./transport.ts";
import { closeAll } from "./transport-registry.ts";
import { unionOfFeatures } from "./union-of-features.ts";

/** A transport made of transports, tried in the order that `order` gives for each mail. */
export function createGroup(
  name: string,
  transports: readonly Transport[],
  options: GroupOptions,
  order: (members: readonly Member[]) => readonly Member[],
): Transport {
  checkGroup(name, transports, options);
  const members = transports.map((transport) => new Member(transport, options.cooldownMs ?? defaultCooldownMs));
  const features = unionOfFeatures(transports.map((transport) => transport.features));
  const nextOrder = (): readonly Member[] => wellFirst(order(members));
  return Object.freeze({
    name,
    label: options.label,
    features,
    retries: transports.some(({ retries }) => retries),
    send: (mail: PreparedMessage, context: TransportContext) => sendThroughGroup(nextOrder(), mail, context, options),
    ...(features.batch !== undefined && {
      sendBatch: (batch: BatchRequest, context: TransportContext) =>
        shareBatch(nextOrder, batch, (members, share) => sendBatchThroughGroup(members, share, context, options)),
    }),
    check: (mail: PreparedMessage, context: TransportContext) => checkMembers(members, mail, context),
    verify: (context: TransportContext) => verifyMembers(members, context),
    close: () => closeAll(transports),
  });
}

async function sendThroughGroup(
  members: readonly Member[],
  mail: PreparedMessage,
  context: TransportContext,
  options: GroupOptions,
): Promise<Receipt> {
  const attempts: Attempt[] = [];
  const errors: MailError[] = [];
  for (const [index, member] of members.entries()) {
    const start = performance.now();
    const result = await tryMember(member, mail, context, options, attempts);
    if (!MailError.is(result)) return { ...result, attempts };
    errors.push(result);
    const next = members[index + 1];
    const readable = mail.attachments.every((attachment) => attachment.readable);
    if (next === undefined || context.signal.aborted || !readable || !mayAskNext(result, options.onUnknown)) break;
    const durationMs = performance.now() - start;
    const { label } = member;
    tell(context, "failedOver", { id: mail.id, transport: label, next: next.label, durationMs, error: result });
  }
  throw joinErrors(errors, members.length, attempts);
}

async function tryMember(
  member: Member,
  mail: PreparedMessage,
  context: TransportContext,
  options: GroupOptions,
  attempts: Attempt[],
): Promise<Receipt | MailError> {
  using limit = deadline(context.signal, options.attemptTimeoutMs);
  const at = new Date();
  const start = performance.now();
  const begun = member.beginTry();
  try {
    const receipt = await deliver(member.transport, mail, { ...context, signal: limit.signal });
    member.answered();
    attempts.push(...receipt.attempts);
    return receipt;
  } catch (thrown) {
    const error = toMailError(thrown);
    attempts.push(...attemptsOf(error, { transport: member.label, at, durationMs: performance.now() - start }));
    member.learnFrom(error, begun, context.signal);
    return error;
  }
}

/** Splits a batch among the members that `nextOrder` names first for each recipient. */
async function shareBatch(
  nextOrder: () => readonly Member[],
  { mail, recipients }: BatchRequest,
  send: (members: readonly Member[], share: BatchRequest) => Promise<readonly BatchOutcome[]>,
): Promise<readonly BatchOutcome[]> {
  const shares = new Map<Member | undefined, { members: readonly Member[]; recipients: BatchRecipient[] }>();
  for (const recipient of recipients) {
    const members = nextOrder();
    const share = shares.get(members[0]) ?? { members, recipients: [] };
    share.recipients.push(recipient);
    shares.set(members[0], share);
  }
  const outcomes = await Promise.all([...shares.values()].map((share) => send(share.members, { ...share, mail })));
  return outcomes.flat();
}

async function verifyMembers(members: readonly Member[], context: TransportContext): Promise<void> {
  const results = await Promise.all(
    members.map(async ({ transport, label }) => {
      try {
        await transport.verify?.(context);
        return [];
      } catch (thrown) {
        const error = toMailError(thrown);
        return [amendError(error, { transport: error.transport ?? label })];
      }
    }),
  );
  const errors = results.flat();
  if (errors.length > 0) throw joinErrors(errors, members.length, []);
}

/** A group can send what one of its members can. @throws MailError where none can */
async function checkMembers(
  members: readonly Member[],
  mail: PreparedMessage,
  context: TransportContext,
): Promise<void> {
  const errors: MailError[] = [];
  for (const { transport, label } of members) {
    try {
      const carried = carry(mail, transport.features, context.onUnsupported);
      await transport.check?.(carried.mail, context);
      return;
    } catch (thrown) {
      errors.push(amendError(unsentError(thrown), { transport: label }));
    }
  }
  throw joinErrors(errors, members.length, []);
}
