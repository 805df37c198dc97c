import { type DeliveryState, MailError, misconfigured, redactError } from "@mail/core";
import { reasonOf } from "../broker/reason-of.ts";

const login = "Check user and password.";

/** First words of Redis's error replies (redis.io, RESP protocol specification, Simple errors). */
const replies: Readonly<
  Record<string, { readonly misconfigured?: true; readonly passing?: true; readonly hint: string }>
> = {
  NOAUTH: { misconfigured: true, hint: login },
  WRONGPASS: { misconfigured: true, hint: login },
  NOPERM: { misconfigured: true, hint: "Allow this user all commands on the keys bull:*." },
  LOADING: { passing: true, hint: "Redis is starting." },
  READONLY: { passing: true, hint: "This is a replica: connect to the master." },
  OOM: { hint: "Redis has no memory left: raise maxmemory." },
  MISCONF: { hint: "Redis cannot save to its disk: see its log." },
};

/** What BullMQ or ioredis threw, as a MailError without secrets. */
export function bullmqError(thrown: unknown, delivery: DeliveryState, secrets: readonly string[]): MailError {
  return MailError.is(thrown) ? thrown : redactError(explain(thrown, delivery), secrets);
}

function explain(thrown: unknown, delivery: DeliveryState): MailError {
  const reason = reasonOf(thrown);
  const known = knownReply(thrown);
  if (known?.misconfigured) return misconfigured("url", `is refused by Redis: ${reason}`, known.hint);
  return new MailError(`Redis cannot be reached: ${reason}`, {
    code: "unavailable",
    delivery,
    hint: known?.hint ?? "Check that Redis runs at this address, and the network between.",
    cause: thrown,
  });
}

function knownReply(thrown: unknown): (typeof replies)[string] | undefined {
  return isReply(thrown) ? replies[reasonOf(thrown).split(" ", 1)[0] ?? ""] : undefined;
}

/** Whether the same command may succeed in a moment. Whatever is no answer is a broken connection. */
export function isPassing(thrown: unknown): boolean {
  return isReply(thrown) ? knownReply(thrown)?.passing === true : !MailError.is(thrown);
}

/** ioredis has not written the command, because the connection was just lost. It has no code for it. */
export function isUnwritten(thrown: unknown): boolean {
  return thrown instanceof Error && thrown.message.startsWith("Stream isn't writeable");
}

/** Redis answered, and refused. */
export function isReply(thrown: unknown): boolean {
  return thrown instanceof Error && thrown.name === "ReplyError";
}

/**
 * The job is no longer this worker's: it was settled by a command whose answer got lost, or its lock ran out and another
 * worker has it or will have it (BullMQ's ErrorCode: -1 missing job, -2 missing lock, -3 not active, -6 other lock).
 */
export function isNoLongerHeld(thrown: unknown): boolean {
  return thrown instanceof Error && "code" in thrown && [-1, -2, -3, -6].includes(Number(thrown.code));
}
