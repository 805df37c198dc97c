import { MailError, type MailErrorCode, misconfigured } from "@mail/core";
import type { Failure } from "./database-calls.ts";

interface Explanation {
  /** Default: `configuration` where the file could not be opened the first time, `unavailable` afterwards. */
  readonly code?: MailErrorCode;
  readonly hint: string;
}

const folder = "Make the folder first, or check the path.";
const forbidden = "This user may not write the file or its folder, or the disk is mounted read-only.";
const full = "The disk is full, or this user's share of it: nothing is lost, and it goes on when there is room.";
const own = "Give the queue a file of its own.";

/** Primary result codes (sqlite.org, Result and Error Codes). */
const sqliteCodes: Readonly<Record<number, Explanation>> = {
  5: { code: "unavailable", hint: "Another process holds the file for longer than busyTimeoutMs: see what it does." },
  8: { hint: forbidden },
  10: {
    code: "unavailable",
    hint: "The disk fails or is full, or the file is on a network drive: SQLite needs a local disk.",
  },
  11: {
    code: "configuration",
    hint: "The file is damaged: move it away and keep it, and restore a backup or begin anew.",
  },
  13: { code: "unavailable", hint: full },
  14: { hint: `${forbidden} Or the path is a folder.` },
  26: { code: "configuration", hint: own },
};

/** Names of errors of the operating system. */
const systemCodes: Readonly<Record<string, Explanation>> = {
  ENOENT: { hint: folder },
  ENOTDIR: { hint: folder },
  EACCES: { hint: forbidden },
  EPERM: { hint: forbidden },
  EROFS: { hint: forbidden },
  ENOSPC: { code: "unavailable", hint: full },
  EDQUOT: { code: "unavailable", hint: full },
};

const kinds: Readonly<Partial<Record<Failure["kind"], Explanation>>> = {
  foreign: { code: "configuration", hint: own },
  newer: { code: "configuration", hint: "Update @mail/queue in this app." },
  replaced: { code: "unavailable", hint: "Put it back: mails that were added before are in that file alone." },
};

/** A commit that failed on the disk may be found whole after a crash (sqlite.org, SQLITE_IOERR). */
const isUnsure = ({ errcode }: Failure) => errcode !== undefined && (errcode & 0xff) === 10;

export function databaseError(failure: Failure, file: string): MailError {
  const { code, hint } = explanation(failure);
  const cause = Object.assign(new Error(failure.text), failure.errcode !== undefined && { errcode: failure.errcode });
  return new MailError(`The queue in ${file} cannot be used: ${failure.text}`, {
    code: code ?? (failure.wasOpen ? "unavailable" : "configuration"),
    delivery: isUnsure(failure) ? "unknown" : "not_sent",
    field: "file",
    hint,
    cause,
  });
}

function explanation({ kind, errcode, errno }: Failure): Explanation {
  const sqlite = errcode === undefined ? undefined : sqliteCodes[errcode & 0xff];
  const system = errno === undefined ? undefined : systemCodes[errno];
  return kinds[kind] ?? sqlite ?? system ?? { code: "unavailable", hint: "See `cause` for what the database says." };
}

export function threadEnded(file: string, cause: unknown): MailError {
  return new MailError(`The thread of the queue in ${file} ended`, {
    code: "unavailable",
    delivery: "unknown",
    hint: "See `cause`. It is started again with the next call.",
    cause,
  });
}

export function closedError(): MailError {
  return misconfigured("engine", "sqlite is closed", "Make a new engine, or close it later.");
}
