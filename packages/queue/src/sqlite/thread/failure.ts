import type { Failure } from "../database-calls.ts";

/** What this thread finds wrong itself. */
export class DatabaseFailure extends Error {
  readonly kind: Failure["kind"];

  constructor(kind: Failure["kind"], text: string) {
    super(text);
    this.kind = kind;
  }
}

export function failureOf(thrown: unknown, wasOpen: boolean): Failure {
  const text = thrown instanceof Error ? thrown.message : String(thrown);
  if (thrown instanceof DatabaseFailure) return { kind: thrown.kind, text, wasOpen };
  if (thrown instanceof Error && "errcode" in thrown) {
    return { kind: "sqlite", text, errcode: Number(thrown.errcode), wasOpen };
  }
  if (thrown instanceof Error && "syscall" in thrown && "code" in thrown) {
    return { kind: "system", text, errno: String(thrown.code), wasOpen };
  }
  return { kind: "thread", text, wasOpen };
}

/** SQLITE_BUSY (5), SQLITE_BUSY_RECOVERY and the like: another process is at it. */
export function isBusy(thrown: unknown): boolean {
  return resultCode(thrown) === 5;
}

/** SQLITE_CORRUPT (11). The statement may be half done. */
export function isDamage(thrown: unknown): thrown is Error {
  return resultCode(thrown) === 11;
}

/** SQLITE_CONSTRAINT (19): a strict table takes no row in which anything has the wrong type. */
export function isMistyped(thrown: unknown): thrown is Error {
  return resultCode(thrown) === 19;
}

function resultCode(thrown: unknown): number | undefined {
  return thrown instanceof Error && "errcode" in thrown ? Number(thrown.errcode) & 0xff : undefined;
}
