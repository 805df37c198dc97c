import { MailError, misconfigured } from "@mail/core";
import type { Failure } from "../store-calls.ts";

/** Primary result codes (sqlite.org, Result and Error Codes). */
const failures: Readonly<Record<number, { readonly passing?: true; readonly hint: string }>> = {
  5: { passing: true, hint: "Another process writes for longer than timeoutMs: see what it does, or raise timeoutMs." },
  6: { passing: true, hint: "Another connection of this process holds the table." },
  8: { hint: "The file or its folder may not be written by this user." },
  10: { hint: "The disk fails, or the file is on a network drive: SQLite needs a local disk." },
  11: { hint: "The file is damaged: restore it from a backup." },
  13: { hint: "The disk is full." },
  14: { hint: "Check that this user may read and write the file and its folder." },
};

export function sqliteFailure(thrown: unknown, file: string): Failure {
  const reason = thrown instanceof Error ? thrown.message : String(thrown);
  const code = codeOf(thrown);
  if (code === 26)
    return {
      error: misconfigured("file", `${file} is no SQLite database`, "Give the store a file of its own."),
      passing: false,
    };
  const known = code === undefined ? undefined : failures[code];
  return {
    error: new MailError(`The store in ${file} cannot be used: ${reason}`, {
      code: "unavailable",
      hint: known?.hint ?? "See `cause` for what SQLite says.",
      cause: thrown,
    }),
    passing: known?.passing === true,
  };
}

/** What Node's own file functions throw is that the file cannot be opened. */
function codeOf(thrown: unknown): number | undefined {
  if (!(thrown instanceof Error)) return undefined;
  if ("errcode" in thrown) return Number(thrown.errcode) & 0xff;
  return "syscall" in thrown ? 14 : undefined;
}
