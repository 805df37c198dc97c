import { priorities } from "./schema.ts";
import type { Statements } from "./statements.ts";
import type { SteadyClock } from "./steady-clock.ts";

const shortestMs = 20;
const longestMs = 250;

const version = "PRAGMA data_version";
const nextDue = "SELECT due_at AS at FROM mail WHERE state = 'queued' AND priority = ? ORDER BY due_at LIMIT 1";
// A lease that ends later than it could is from before the clock was set back: it is over when that is sure.
const nextLease =
  "SELECT min(iif(leased_until > ? + lease_ms, 0, leased_until)) AS at FROM mail WHERE state = 'sending'";
const paused = "SELECT 1 FROM pause";

/**
 * Says when there may be something to take, once a worker has found nothing. Other processes tell nobody what they
 * write, so it looks, less and less often: SQLite knows without reading whether another connection has written.
 */
export class Watch {
  readonly #clock: SteadyClock;
  readonly #isThere: () => boolean;
  readonly #wake: () => void;
  #statements: Statements | undefined;
  #timer: NodeJS.Timeout | undefined;
  #intervalMs = shortestMs;
  #version = 0;
  #jumps = 0;
  #nextAt = 0;

  /** @param isThere whether the file is the one that was opened; where it is not, everything ends by that */
  constructor(clock: SteadyClock, isThere: () => boolean, wake: () => void) {
    this.#clock = clock;
    this.#isThere = isThere;
    this.#wake = wake;
  }

  /** A worker has found nothing more. Never throws, since what that worker has written counts already. */
  begin(statements: Statements): void {
    this.#statements = statements;
    this.#jumps = this.#clock.jumps;
    this.#read(statements, true);
    this.#arm();
  }

  /** This process itself has written. */
  wrote(): void {
    if (this.#statements !== undefined) this.#look(true);
  }

  /** Mails come and go. */
  isBusy(): void {
    this.#intervalMs = shortestMs;
  }

  end(): void {
    clearTimeout(this.#timer);
    this.#statements = undefined;
  }

  #arm(): void {
    clearTimeout(this.#timer);
    const untilNext = this.#nextAt - this.#clock.now();
    // What is due and was not taken is another's, so only its change counts.
    const delayMs = untilNext > 0 ? Math.min(untilNext, this.#intervalMs) : this.#intervalMs;
    this.#timer = setTimeout(() => this.#look(false), delayMs);
    this.#intervalMs = Math.min(this.#intervalMs * 1.5, longestMs);
  }

  #look(wrote: boolean): void {
    if (this.#statements === undefined || !this.#isThere()) return;
    if (this.#read(this.#statements, wrote)) this.#intervalMs = shortestMs;
    if (this.#nextAt > this.#clock.now() && this.#jumps === this.#clock.jumps) this.#arm();
    else {
      this.end();
      this.#wake();
    }
  }

  /** @returns true where something was written since the last time */
  #read(statements: Statements, wrote: boolean): boolean {
    try {
      const found = versionOf(statements);
      if (!wrote && found === this.#version) return false;
      this.#nextAt = nextAt(statements, this.#clock.now());
      this.#version = found;
      return true;
    } catch {
      // A worker that asks is told what is wrong.
      this.#nextAt = 0;
      return false;
    }
  }
}

function versionOf(statements: Statements): number {
  return Number(statements.get(version)?.["data_version"]);
}

/** When the next mail is due, or the next lease over. */
function nextAt(statements: Statements, now: number): number {
  if (statements.get(paused) !== undefined) return Number.POSITIVE_INFINITY;
  const rows = [...priorities.map((priority) => statements.get(nextDue, priority)), statements.get(nextLease, now)];
  return Math.min(...rows.map((row) => Number(row?.["at"] ?? Number.POSITIVE_INFINITY)));
}
