import type { SmtpRequest } from "../to-smtp-request.ts";
import type { ServerExtensions } from "./server-extensions.ts";
import type { ServerHabits } from "./server-habits.ts";
import { isReady } from "./write-body.ts";

/** How a mail is to be sent over its connection. */
export interface Plan {
  /** Its first commands come together with the end of another mail. */
  readonly behind: boolean;
  readonly reset: boolean;
  readonly by: "DATA" | "BDAT";
  /** Begins with a small piece, since BDAT is untried. */
  readonly tryChunk: boolean;
  /** How many commands may be on their way at once. */
  readonly together: "one" | "envelope" | "envelopeAndData" | "all";
}

/** What a connection knows of itself. */
export interface ConnectionState {
  /** Mails in flight. */
  readonly load: number;
  /** How long it has had nothing to do. */
  readonly restedMs: number;
  /** A refused mail may still be open on the server's side. */
  readonly mustReset: boolean;
  /** A mail was taken over it, so that commands and replies are known to agree. */
  readonly inStep: boolean;
}

/** After such a rest a server or a firewall may have dropped the connection: a mail is not begun without RSET. */
const staleMs = 10_000;
/** After such a rest a mail is not handed over before the server has answered its envelope: connections end meanwhile. */
const trustMs = 1_000;

/** Whether commands may go out together (RFC 2920). */
export function pipelines({ pipelining }: ServerExtensions, habits: ServerHabits): boolean {
  return pipelining && habits.pipelines;
}

/** Whether mails may go out together with their commands (RFC 3030). */
export function chunks(extensions: ServerExtensions, habits: ServerHabits): boolean {
  return pipelines(extensions, habits) && extensions.chunking && habits.chunks !== "no";
}

/**
 * As much at once as the server takes. A mail that goes out together with its envelope has an unknown outcome where the
 * connection is gone, and no answer tells apart from the others that commands and replies still agree, as 354 does. So BDAT
 * is for connections that are known to be well, and the first mail on each goes by DATA.
 */
export function planMail(
  { body }: SmtpRequest,
  { load, restedMs, mustReset, inStep }: ConnectionState,
  extensions: ServerExtensions,
  habits: ServerHabits,
): Plan {
  // Behind another mail, this one's MAIL FROM must not get into that one's transaction where the server has refused it.
  const behind = load > 0;
  const reset = behind || mustReset || restedMs >= staleMs;
  if (!pipelines(extensions, habits)) return { behind, reset, by: "DATA", tryChunk: false, together: "one" };
  // A source may turn out shorter or longer than it said, which BDAT cannot take back.
  const isWell = inStep && habits.window > 1 && restedMs < trustMs && isReady(body);
  if (!isWell || !chunks(extensions, habits)) {
    return { behind, reset, by: "DATA", tryChunk: false, together: habits.guardsData ? "envelopeAndData" : "envelope" };
  }
  const tryChunk = habits.chunks === "untried";
  return { behind, reset, by: "BDAT", tryChunk, together: tryChunk ? "envelope" : "all" };
}
