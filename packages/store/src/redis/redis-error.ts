import { MailError, misconfigured } from "@mail/core";
import type { Failure } from "../store-calls.ts";

const login = "Check user and password.";

/** First words of Redis's error replies (redis.io, RESP protocol specification, Simple errors). */
const replies: Readonly<
  Record<string, { readonly passing?: true; readonly misconfigured?: true; readonly hint: string }>
> = {
  NOAUTH: { misconfigured: true, hint: login },
  WRONGPASS: { misconfigured: true, hint: login },
  NOPERM: { misconfigured: true, hint: "Allow this user EVALSHA, EVAL, TIME and the commands on its own keys." },
  LOADING: { passing: true, hint: "Redis is starting." },
  BUSY: { passing: true, hint: "Another client's script blocks Redis." },
  MASTERDOWN: { passing: true, hint: "This is a replica whose master is away." },
  CLUSTERDOWN: { passing: true, hint: "The cluster is not complete." },
  TRYAGAIN: { passing: true, hint: "The cluster is moving keys." },
  READONLY: { passing: true, hint: "This is a replica: connect to the master." },
  OOM: { hint: "Redis has no memory left: raise maxmemory." },
  MISCONF: { hint: "Redis cannot save to its disk: see its log." },
};

/** @param field the option that names the server */
export function redisFailure(thrown: unknown, field: "url" | "client"): Failure {
  const reason = reasonOf(thrown);
  const isReply = thrown instanceof Error && thrown.name === "ReplyError";
  const known = isReply ? replies[reason.split(" ", 1)[0] ?? ""] : undefined;
  if (known?.misconfigured) {
    const error = misconfigured(field, `is refused by Redis: ${reason}`, known.hint);
    return { error: error, passing: false };
  }
  return {
    error: new MailError(`The Redis store cannot be reached: ${reason}`, {
      code: "unavailable",
      hint: known?.hint ?? "Check that Redis runs at this address, and the network between.",
      cause: thrown,
    }),
    // Whatever is no answer is a broken connection.
    passing: isReply ? known?.passing === true : true,
  };
}

/** Node gives a host with several addresses an error without a message. */
function reasonOf(thrown: unknown): string {
  if (!(thrown instanceof Error)) return String(thrown);
  if (thrown.message !== "") return thrown.message;
  return "code" in thrown ? String(thrown.code) : thrown.name;
}
