import { deadline } from "./abort.ts";
import { misconfigured } from "./configuration-error.ts";
import { deliver, labelOf } from "./deliver.ts";
import { amendError, type MailError, toMailError } from "./mail-error.ts";
import type { PreparedMessage } from "./prepared-message.ts";
import type { Attempt, Receipt } from "./receipt.ts";
import type { Transport, TransportContext } from "./transport.ts";
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
  checkGroup(name, transports, options);
  const members = transports.map((transport): Member => ({ transport, label: labelOf(transport), downUntil: 0 }));
  return Object.freeze({
    name,
    label: options.label,
    features: unionOfFeatures(transports.map(({ features }) => features)),
    send: (mail: PreparedMessage, context: TransportContext) =>
      sendThroughGroup(wellFirst(order(members)), mail, context, options),
    verify: (context: TransportContext) => verifyGroup(members, context),
    close: async () => {
      await Promise.all(transports.map((transport) => transport.close?.()));
    },
  });
}

function checkGroup(name: string, transports: readonly Transport[], options: GroupOptions): void {
  if (transports.length === 0)
    throw misconfigured(
      "transports",
      `${name}() has no members`,
      `Give at least one transport: ${name}([ses({ … }), sendgrid({ … })]).`,
    );
  for (const [field, value] of Object.entries(options)) {
    if (!knownOptions.includes(field))
      throw misconfigured(field, `is not an option of ${name}()`, `Options: ${knownOptions.join(", ")}.`);
    if (field.endsWith("Ms") && value !== undefined && !(Number(value) >= 0))
      throw misconfigured(field, "must be a number of milliseconds", "Use 0 or more.");
  }
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
    const error = await tryMember(member, mail, context, options, attempts);
    if (!(error instanceof Error)) return { ...error, attempts };
    errors.push(error);
    if (!mayGoOn(error, mail, context, options)) break;
    context.log.warn(
      { transport: member.label, code: error.code, mailId: mail.id },
      `${member.label} did not take the mail; trying the next transport`,
    );
  }
  throw joinErrors(errors, attempts);
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
        : [{ transport: label, at, durationMs: performance.now() - start, error }]),
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
  if (error.attempts.length === 0) return true;
  return error.scope === "transport" && (error.delivery === "not_sent" || onUnknown === "next");
}

/** One error that shows each member's. */
function joinErrors(errors: readonly MailError[], attempts: readonly Attempt[]): MailError {
  const last = errors.at(-1) as MailError;
  if (errors.length === 1) return amendError(last, { attempts });
  const waits = errors.flatMap(({ retryAfterMs }) => (retryAfterMs === undefined ? [] : [retryAfterMs]));
  return amendError(last, {
    message: `All ${errors.length} transports failed: ${errors.map(({ transport, code, message }) => `${transport} (${code}): ${message}`).join("; ")}`,
    retryable: errors.some(({ retryable }) => retryable),
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
  if (errors.flat().length > 0) throw joinErrors(errors.flat(), []);
}
