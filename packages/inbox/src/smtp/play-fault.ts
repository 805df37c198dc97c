import type { FaultAction } from "../fault.ts";
import type { InboxConnection, SmtpReply } from "./smtp-connection.ts";

/** For smtp-server's callbacks; what is said is the fault's own reply. */
export const refusal: Error = new Error("Refused");

/**
 * Plays a fault at a command; without one, or with one for HTTP, the command goes on as usual. `proceed` gets whether
 * the command is refused; it is not called when the connection is cut.
 */
export function playFault(
  fault: FaultAction | undefined,
  connection: InboxConnection,
  proceed: (refused: boolean) => void,
): void {
  switch (fault?.type) {
    case "reply":
      connection.sayNext(replyOf(fault));
      proceed(isRefusal(fault));
      break;
    case "delay":
      connection.dialogue.note(waitNote(fault.ms));
      connection.later(fault.ms, () => proceed(false));
      break;
    case "drop":
    case "lose-answer":
      connection.cut();
      break;
    default:
      proceed(false);
  }
}

export function waitNote(ms: number): string {
  return `the answer waits ${ms} ms`;
}

type ReplyFault = Extract<FaultAction, { readonly type: "reply" }>;

export function replyOf({ code, enhancedCode, text = "Requested by a fault rule" }: ReplyFault): SmtpReply {
  return { code, text: enhancedCode === undefined ? text : `${enhancedCode} ${text}` };
}

export function isRefusal(fault: FaultAction | undefined): fault is ReplyFault {
  return fault?.type === "reply" && fault.code >= 400;
}
