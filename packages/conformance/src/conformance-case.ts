import type { Subject } from "./subject.ts";

/** One promise of the contract, as data: describeTransport makes a test of it. */
export interface ConformanceCase {
  /** A sentence about what a transport does. */
  readonly name: string;
  /** Why the case says nothing about this transport; `undefined` where it applies. */
  readonly skip?: (subject: Subject) => string | undefined;
  /** Throws where the transport breaks the promise. Gets a subject of its own. */
  readonly run: (subject: Subject) => Promise<void>;
}

/** The cases about one thing that a transport must do. */
export interface Capability {
  readonly name: string;
  readonly cases: readonly ConformanceCase[];
}
