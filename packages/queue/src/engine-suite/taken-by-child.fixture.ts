import type { NewJob } from "../job.ts";
import type { QueueEngine } from "../queue-engine.ts";
import type { ChildEngine } from "./child-engine.fixture.ts";
import { newJob } from "./jobs.fixture.ts";
import type { Stage } from "./stage.fixture.ts";

/** A mail that a process of its own has in hand. */
export interface TakenByChild {
  readonly engine: QueueEngine;
  readonly job: NewJob;
  readonly child: ChildEngine;
}

export async function takenByChild(stage: Stage): Promise<TakenByChild> {
  const engine = await stage.open();
  const job = newJob();
  await engine.add([job]);
  const child = await stage.child();
  child.work(stage.leaseMs);
  await child.taken.count(1);
  return { engine, job, child };
}
