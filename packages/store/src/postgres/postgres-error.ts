import { MailError, misconfigured } from "@mail/core";
import type { Failure } from "../store-calls.ts";

interface Meaning {
  readonly passing?: true;
  readonly misconfigured?: true;
  readonly hint: string;
}

const login = "Check user and password.";
const rights = "Let this user make the schema and use its tables and functions, or make it with another user.";
const starting = "PostgreSQL is starting or stopping.";
const repeated = "Other transactions were in the way again and again.";

/** SQLSTATEs (PostgreSQL documentation, appendix A); a class of two characters where none is named in full. */
const states: Readonly<Record<string, Meaning>> = {
  "28": { misconfigured: true, hint: login },
  "3D000": { misconfigured: true, hint: "Make the database, or check its name." },
  "42501": { misconfigured: true, hint: rights },
  "08": { passing: true, hint: starting },
  "57P01": { passing: true, hint: starting },
  "57P02": { passing: true, hint: starting },
  "57P03": { passing: true, hint: starting },
  "25006": { passing: true, hint: "This is a standby: connect to the primary." },
  "40": { passing: true, hint: repeated },
  "55P03": { hint: "Another transaction holds the row's lock: see pg_stat_activity." },
  "53": { passing: true, hint: "PostgreSQL has no connection, memory or disk left." },
};

/** What pg says without an SQLSTATE. */
const clientMessages: readonly (readonly [begin: string, Meaning])[] = [
  ["SASL", { misconfigured: true, hint: login }],
  [
    "The server does not support SSL",
    { misconfigured: true, hint: "Leave sslmode out, or switch TLS on in the server." },
  ],
  ["Cannot use a pool after calling end", { misconfigured: true, hint: "Pass a pool that is open." }],
];

const unreachable = "Check that PostgreSQL runs at this address, and the network between.";

/** @param field the option that names the server */
export function postgresFailure(thrown: unknown, field: "url" | "client"): Failure {
  const reason = reasonOf(thrown);
  const state = stateOf(thrown);
  const meaning =
    state === undefined
      ? clientMessages.find(([begin]) => reason.startsWith(begin))?.[1]
      : (states[state] ?? states[state.slice(0, 2)] ?? { hint: "See `cause` for what PostgreSQL says." });
  if (meaning?.misconfigured)
    return { error: misconfigured(field, `is refused by PostgreSQL: ${reason}`, meaning.hint), passing: false };
  return {
    error: new MailError(`The PostgreSQL store cannot be reached: ${reason}`, {
      code: "unavailable",
      hint: meaning?.hint ?? unreachable,
      cause: thrown,
    }),
    // Whatever is no answer of the server is a broken connection.
    passing: meaning === undefined || meaning.passing === true,
  };
}

/** Only what the server says has a severity; codes of Node's sockets have none. */
function stateOf(thrown: unknown): string | undefined {
  if (!(thrown instanceof Error) || !("code" in thrown) || !("severity" in thrown)) return undefined;
  return typeof thrown.code === "string" ? thrown.code : undefined;
}

/** Node gives a host with several addresses an error without a message. */
function reasonOf(thrown: unknown): string {
  if (!(thrown instanceof Error)) return String(thrown);
  if (thrown.message !== "") return thrown.message;
  return "code" in thrown ? String(thrown.code) : thrown.name;
}
