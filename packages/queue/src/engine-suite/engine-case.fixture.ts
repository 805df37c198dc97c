import type { Stage } from "./stage.fixture.ts";

/** One sentence about an engine, and how to see that it holds. */
export interface EngineCase {
  readonly name: string;
  /** Default: the subject's `timeoutMs`. */
  readonly isLarge?: true;
  run(stage: Stage): Promise<void>;
}

export interface EngineCapability {
  readonly name: string;
  readonly cases: readonly EngineCase[];
}
