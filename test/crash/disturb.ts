import { seededRandom } from "../seeded-random.ts";
import type { CrashPlace } from "./places.ts";

/** What befell a broker in one run. */
export interface Disturbance {
  restarts: number;
  cuts: number;
  /** Called before each kill of a process, with how far the run has come. */
  step(progress: number): Promise<void>;
}

/** Kills the broker at the given moments of a run, and cuts its connections in the middle of something at each step. */
export function disturbance(place: CrashPlace, restartAt: readonly number[], seed: number): Disturbance {
  const random = seededRandom(seed);
  const due = [...restartAt];
  return {
    restarts: 0,
    cuts: 0,
    async step(progress) {
      if (place.restartBroker === undefined) return;
      if (due[0] !== undefined && progress >= due[0]) {
        due.shift();
        this.restarts++;
        await place.restartBroker();
      } else {
        this.cuts++;
        place.cutAfter?.(Math.floor(random() * 20_000), random() < 0.5 ? "to server" : "from server");
      }
    },
  };
}
