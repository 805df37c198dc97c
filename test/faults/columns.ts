import { errorTable, failover, type RetryOptions, retry, type Transport } from "@mail/core";
import type { Expected } from "./fault-row.ts";

/** What a cell must come to. `tries` counts the attempts that the app is shown. */
interface Prediction {
  readonly told: Expected["told"];
  readonly copies: number;
  readonly tries: number;
}

/** How long a member is faulty: for good, until the first retry, or not at all. */
export type Duration = "stays" | "passes" | "well";

/** One way to put transports together. */
export interface Column {
  readonly name: string;
  /** As an app writes it. */
  readonly code: string;
  /** Members by label, and how long each is faulty. */
  readonly members: Readonly<Record<string, Duration>>;
  /** The app has asked for another try although the mail may have gone out: only then may it go out twice. */
  readonly optIn?: boolean;
  compose(members: Readonly<Record<string, Transport>>): Transport;
  /** What follows from the rules, given what the adapter alone must say. */
  predict(alone: Expected): Prediction;
}

/** Waits that are longer are not begun. */
const deadlineMs = 15_000;
const tries = 3;
const options: RetryOptions = { attempts: tries, backoff: { initialMs: 1, maxMs: 5 }, deadlineMs };

/** `retry` sends again what failed for a passing reason and surely was not sent. */
function retries({ told, code, retryable, retryAfterMs = 0, partly }: Expected, onUnknown = false): boolean {
  if (partly === "passing") return true;
  if (told === "sent" || code === undefined || retryAfterMs >= deadlineMs) return false;
  return (retryable ?? errorTable[code].retryable) && (told === "not_sent" || onUnknown);
}

/** `failover` asks the next one for a transport's own fault, where the mail surely was not sent. */
function goesOn({ told, code, scope }: Expected, onUnknown = false): boolean {
  if (told === "sent" || code === undefined) return false;
  return (scope ?? errorTable[code].scope) === "transport" && (told === "not_sent" || onUnknown);
}

const once = ({ told, copies }: Expected): Prediction => ({ told, copies, tries: 1 });
const sentBy = (tries: number, copiesBefore = 0): Prediction => ({ told: "sent", copies: copiesBefore + 1, tries });
const copiesSoFar = ({ told, copies }: Expected): number => (told === "unknown" ? copies : 0);

export const columns: readonly Column[] = [
  {
    name: "alone",
    code: "a",
    members: { a: "stays" },
    compose: ({ a }) => the(a),
    predict: once,
  },
  {
    name: "retry, fault passes",
    code: "retry(a)",
    members: { a: "passes" },
    compose: ({ a }) => retry(the(a), options),
    predict: (alone) => (retries(alone) ? sentBy(2) : once(alone)),
  },
  {
    name: "retry, fault stays",
    code: "retry(a)",
    members: { a: "stays" },
    compose: ({ a }) => retry(the(a), options),
    predict: (alone) => ({ ...once(alone), tries: retries(alone) ? tries : 1 }),
  },
  {
    name: "failover",
    code: "failover([a, b])",
    members: { a: "stays", b: "well" },
    compose: ({ a, b }) => failover([the(a), the(b)]),
    predict: (alone) => (goesOn(alone) ? sentBy(2) : once(alone)),
  },
  {
    name: "failover, both faulty",
    code: "failover([a, b])",
    members: { a: "stays", b: "stays" },
    compose: ({ a, b }) => failover([the(a), the(b)]),
    predict: (alone) => ({ ...once(alone), tries: goesOn(alone) ? 2 : 1 }),
  },
  {
    name: "failover of retries",
    code: "failover([retry(a), retry(b)])",
    members: { a: "stays", b: "passes" },
    compose: ({ a, b }) => failover([retry(the(a), options), retry(the(b), options)]),
    predict(alone) {
      const first = retries(alone) ? tries : 1;
      if (!goesOn(alone)) return { ...once(alone), tries: first };
      return retries(alone) ? sentBy(first + 2) : { ...once(alone), tries: first + 1 };
    },
  },
  {
    name: "retry of unknown",
    code: 'retry(a, { onUnknown: "retry" })',
    members: { a: "passes" },
    optIn: true,
    compose: ({ a }) => retry(the(a), { ...options, onUnknown: "retry" }),
    predict: (alone) => (retries(alone, true) ? sentBy(2, copiesSoFar(alone)) : once(alone)),
  },
  {
    name: "failover of unknown",
    code: 'failover([a, b], { onUnknown: "next" })',
    members: { a: "stays", b: "well" },
    optIn: true,
    compose: ({ a, b }) => failover([the(a), the(b)], { onUnknown: "next" }),
    predict: (alone) => (goesOn(alone, true) ? sentBy(2, copiesSoFar(alone)) : once(alone)),
  },
];

function the(member: Transport | undefined): Transport {
  if (member === undefined) throw new Error("there is no such member");
  return member;
}
