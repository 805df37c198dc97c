import { deadline } from "./abort.ts";
import { carry } from "./carry.ts";
import { misconfigured } from "./configuration-error.ts";
import { deliver, labelOf } from "./deliver.ts";
import { amendError, type MailError, toMailError, unsentError } from "./mail-error.ts";
import type { PreparedMessage } from "./prepared-message.ts";
import type { Attempt, Receipt } from "./receipt.ts";
import type { Transport, TransportContext } from "./transport.ts";
import { closeAll, requireTransport } from "./transport-registry.ts";
import { unionOfFeatures } from "./union-of-features.ts";

/** A member of a group and since when it is out of service. */
export interface Member {
  readonly transport: Transport;
  readonly label: string;
  /** `performance.now()` until which it is tried last; 0 where it is well. */
  downUntil: number;
}

export interface GroupOptions {
  /** Default: the mailer's key, else the group's name. */
  readonly label?: string | undefined;
  /** How long a member that failed is tried last, in milliseconds. Default 30,000. */
  readonly cooldownMs?: number | undefined;
  /** Time for one member in milliseconds. Default: none but the send's own. */
  readonly attemptTimeoutMs?: number | undefined;
  /** What to do when it is not known whether a member sent the mail. Default `"stop"`, since `"next"` may send it twice. */
  readonly onUnknown?: "stop" | "next" | undefined;
}

const defaultCooldownMs = 30_000;
const knownOptions = ["label", "cooldownMs", "attemptTimeoutMs", "onUnknown"];

/** A transport made of transports, tried in the order that `order` gives for each mail. */
export function createGroup(
  name: string,
  transports: readonly Transport[],
  options: GroupOptions,
  order: (members: readonly Member[]) => readonly Member[],
): Transport {
  checkGroupOptions(name, transports, options);
  const members = transports.map((transport): Member => ({ transport, label: labelOf(transport), downUntil: 0 }));
  return Object.freeze({
    name,
    label: options.label,
    features: unionOfFeatures(transports.map(({ features }) => features)),
    send: (mail: PreparedMessage, context: TransportContext) =>
      sendThroughGroup(wellFirst(order(members)), mail, context, options),
    check: (mail: PreparedMessage, context: TransportContext) => checkGroup(members, mail, context),
    verify: (context: TransportContext) => verifyGroup(members, context),
    close: () => closeAll(transports),
  });
}

function checkGroupOptions(name: string, transports: readonly Transport[], options: GroupOptions): void {
  if (!Array.isArray(transports) || transports.length === 0) {
    throw misconfigured(
      "transports",
      `${name}() has no members`,
      `Give at least one transport: ${name}([ses({ … }), sendgrid({ … })]).`,
    );
  }
  for (const [index, transport] of transports.entries()) requireTransport(transport, `transports[${index}]`);
  for (const [field, value] of Object.entries(options)) {
    if (!knownOptions.includes(field))
      throw misconfigured(field, `is not an option of ${name}()`, `Options: ${knownOptions.join(", ")}.`);
    if (field.endsWith("Ms") && value !== undefined && !(Number(value) >= 0))
      throw misconfigured(field, "must be a number of milliseconds", "Use 0 or more.");
  }
  if (options.onUnknown !== undefined && !["stop", "next"].includes(options.onUnknown))
    throw misconfigured("onUnknown", `is ${JSON.stringify(options.onUnknown)}`, 'Use "stop" or "next".');
}

/** Members in service first, then the others, each in their order. */
function wellFirst(members: readonly Member[]): readonly Member[] {
  const now = performance.now();
  return [
    ...members.filter(({ downUntil }) => downUntil <= now),
    ...members.filter(({ downUntil }) => downUntil > now),
  ];
}

async function sendThroughGroup(
  members: readonly Member[],
  mail: PreparedMessage,
  context: TransportContext,
  options: GroupOptions,
): Promise<Receipt> {
  const attempts: Attempt[] = [];
  const errors: MailError[] = [];
  for (const member of members) {
    const result = await tryMember(member, mail, context, options, attempts);
    if (!(result instanceof Error)) return { ...result, attempts };
    errors.push(result);
    if (!mayGoOn(result, mail, context, options)) throw joinErrors(errors, result, members.length, attempts);
    context.log.warn(
      { transport: member.label, code: result.code, mailId: mail.id },
      `${member.label} did not take the mail; trying the next transport`,
    );
  }
  // Everybody was asked: where one of them was out of order, that is what to mend or to wait for.
  const [first] = errors as [MailError, ...MailError[]];
  throw joinErrors(errors, errors.find(({ scope }) => scope === "transport") ?? first, members.length, attempts);
}

async function tryMember(
  member: Member,
  mail: PreparedMessage,
  context: TransportContext,
  options: GroupOptions,
  attempts: Attempt[],
): Promise<Receipt | MailError> {
  const { transport, label } = member;
  using limit = deadline(context.signal, options.attemptTimeoutMs);
  const at = new Date();
  const start = performance.now();
  try {
    const receipt = await deliver(transport, mail, { ...context, signal: limit.signal });
    member.downUntil = 0;
    attempts.push(...receipt.attempts);
    return receipt;
  } catch (thrown) {
    const error = toMailError(thrown);
    attempts.push(
      ...(error.attempts.length > 0
        ? error.attempts
        : [{ transport: label, at, durationMs: performance.now() - start, error, passedOver: true as const }]),
    );
    if (error.scope === "transport" && !context.signal.aborted) {
      member.downUntil = performance.now() + Math.max(options.cooldownMs ?? defaultCooldownMs, error.retryAfterMs ?? 0);
    }
    return error;
  }
}

/** Only a transport's own fault is a reason to ask another one, and never when the mail may be on its way. */
function mayGoOn(
  error: MailError,
  mail: PreparedMessage,
  { signal }: TransportContext,
  { onUnknown = "stop" }: GroupOptions,
): boolean {
  if (signal.aborted || mail.attachments.some(({ readable }) => !readable)) return false;
  if (wasNotAsked(error)) return true;
  return error.scope === "transport" && (error.delivery === "not_sent" || onUnknown === "next");
}

/** True where no transport, nor any member of a nested group, was given the mail because none could carry it. */
function wasNotAsked({ attempts }: MailError): boolean {
  return attempts.every(({ passedOver }) => passedOver);
}

/** One error that shows each member's; `main` says what kind it is. */
function joinErrors(
  errors: readonly MailError[],
  main: MailError,
  memberCount: number,
  attempts: readonly Attempt[],
): MailError {
  if (errors.length === 1) return amendError(main, { attempts });
  const waits = errors.flatMap(({ retryable, retryAfterMs }) =>
    retryable && retryAfterMs !== undefined ? [retryAfterMs] : [],
  );
  const asked = errors.length === memberCount ? `All ${memberCount}` : `${errors.length} of ${memberCount}`;
  return amendError(main, {
    message: `${asked} transports failed: ${errors.map(({ transport, code, message }) => `${transport} (${code}): ${message}`).join("; ")}`,
    retryable: main.scope === "transport" ? errors.some(({ retryable }) => retryable) : main.retryable,
    delivery: errors.some(({ delivery }) => delivery === "unknown") ? "unknown" : "not_sent",
    ...(waits.length > 0 && { retryAfterMs: Math.min(...waits) }),
    attempts,
  });
}

async function verifyGroup(members: readonly Member[], context: TransportContext): Promise<void> {
  const errors = await Promise.all(
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
  const [first] = errors.flat();
  if (first !== undefined) throw joinErrors(errors.flat(), first, members.length, []);
}

/** A group can send what one of its members can. @throws MailError where none can */
async function checkGroup(members: readonly Member[], mail: PreparedMessage, context: TransportContext): Promise<void> {
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
  const [first] = errors as [MailError, ...MailError[]];
  throw joinErrors(errors, first, members.length, []);
}
