/** One question that the benchmark answers, with rivals in the same run. */
export interface BenchCase {
  /** As on the command line. */
  readonly name: string;
  readonly title: string;
  /** What exactly is measured, in a sentence or two for the page. */
  readonly about: string;
  run(rounds: number): Promise<CaseResult>;
}

export interface CaseResult {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
  readonly verdicts: readonly Verdict[];
  /** For the picture: how many times as fast as the first one. */
  readonly bars?: readonly Bar[];
}

/** A figure that is asked for, and what was found. */
export interface Verdict {
  readonly what: string;
  readonly required: string;
  readonly measured: string;
  readonly met: boolean;
}

export interface Bar {
  readonly label: string;
  readonly ratio: number;
}
