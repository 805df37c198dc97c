import type { ChildProcess } from "node:child_process";
import { createQueue } from "@mail/queue";
import { killProcess } from "../../packages/queue/src/engine-suite/kill-process.fixture.ts";
import { seededRandom } from "../seeded-random.ts";
import { startChild, type WorkerOrder } from "./children.ts";
import { type EngineConfig, openEngine } from "./engines.ts";
import { Sink } from "./sink.ts";

export interface CrashPlan {
  readonly engine: EngineConfig;
  readonly mails: number;
  /** Producers and workers that are killed, spread over the run. */
  readonly kills: number;
  readonly seed: number;
  readonly onUnknown: "hold" | "retry";
  readonly leaseMs: number;
  /** Called now and then, with how far the run has come, 0 to 1; for brokers that are stopped and started meanwhile. */
  readonly disturb?: ((progress: number) => Promise<void>) | undefined;
  readonly report?: ((line: string) => void) | undefined;
}

export interface CrashReport {
  readonly engine: string;
  readonly onUnknown: "hold" | "retry";
  readonly mails: number;
  readonly kills: number;
  /** Kept, but neither sent nor reported. */
  readonly lost: number;
  readonly sentOnce: number;
  /** Held as unknown at the end. */
  readonly held: number;
  readonly doubled: number;
  /** Sent twice although nobody was told that a try might have gone out. */
  readonly doubledInSilence: number;
  readonly dead: number;
  readonly seconds: number;
}

const workers = 2;
const drainLimitMs = 180_000;

/** Kills producers and workers at random, seeded moments while mails go through a queue, and counts what became of them. */
export async function runCrashes(plan: CrashPlan): Promise<CrashReport> {
  const start = performance.now();
  const random = seededRandom(plan.seed);
  const progress = new Progress(plan.mails);
  const sink = new Sink(() => progress.step());
  const sinkPort = await sink.listen();
  const { engine, onUnknown, leaseMs } = plan;
  const order: WorkerOrder = { role: "worker", engine, sinkPort, onUnknown, leaseMs, concurrency: 10 };
  const ids = new Map<number, string>();
  const produced = Promise.withResolvers<void>();
  const failed = Promise.withResolvers<never>();
  failed.promise.catch(() => undefined);
  const startProducer = (): ChildProcess => {
    const numbers = Array.from({ length: plan.mails }, (_, index) => index).filter((number) => !ids.has(number));
    return startChild(
      { role: "producer", engine, numbers },
      (news) => {
        if ("done" in news) produced.resolve();
        else for (const [number, id] of news.kept) ids.set(number, id);
      },
      failed.reject,
    );
  };
  const starters = [
    startProducer,
    ...Array.from({ length: workers }, () => () => startChild(order, () => undefined, failed.reject)),
  ];
  const children = starters.map((begin) => begin());
  try {
    for (let killed = 0; killed < plan.kills; killed++) {
      await Promise.race([progress.reach((killed + random()) / plan.kills), failed.promise]);
      await plan.disturb?.(killed / plan.kills);
      const victim = Math.floor(random() * starters.length);
      await new Promise((resolve) => setTimeout(resolve, random() * 20));
      await killProcess(children[victim] as ChildProcess);
      children[victim] = (starters[victim] as () => ChildProcess)();
      plan.report?.(
        `${engine.kind}: ${killed + 1} of ${plan.kills} killed, ${sink.accepted.size} of ${plan.mails} sent`,
      );
    }
    await Promise.race([produced.promise, failed.promise]);
    return await settle(plan, sink, ids, start);
  } finally {
    await Promise.all(children.map(killProcess));
    await sink.close();
  }
}

async function settle(
  plan: CrashPlan,
  sink: Sink,
  ids: ReadonlyMap<number, string>,
  start: number,
): Promise<CrashReport> {
  await using queue = createQueue({ engine: await openEngine(plan.engine) });
  const end = performance.now() + drainLimitMs;
  while (true) {
    const { queued, scheduled, sending } = await queue.stats();
    if (queued + scheduled + sending === 0) break;
    if (performance.now() > end)
      throw new Error(`still there: ${queued} queued, ${scheduled} scheduled, ${sending} sending`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  const counts = { lost: 0, sentOnce: 0, held: 0, doubled: 0, doubledInSilence: 0, dead: 0 };
  for (const [number, id] of ids) {
    const times = sink.accepted.get(number) ?? 0;
    const mail = await queue.status(id);
    const reported = mail?.attempts.some(({ error }) => error?.delivery === "unknown") ?? false;
    if (mail?.state === "unknown") counts.held++;
    else if (mail?.state === "dead") counts.dead++;
    else if (times === 0 || mail?.state !== "sent") counts.lost++;
    if (times === 1 && mail?.state === "sent") counts.sentOnce++;
    if (times > 1) counts.doubled++;
    if (times > 1 && !reported) counts.doubledInSilence++;
  }
  const { engine, onUnknown, mails, kills } = plan;
  return {
    engine: engine.kind,
    onUnknown,
    mails,
    kills,
    ...counts,
    seconds: Math.round((performance.now() - start) / 1_000),
  };
}

/** How many mails were accepted, and who waits for how many. */
class Progress {
  readonly #total: number;
  #steps = 0;
  #waiting: { readonly at: number; readonly resolve: () => void } | undefined;

  constructor(total: number) {
    this.#total = total;
  }

  step(): void {
    this.#steps++;
    if (this.#waiting !== undefined && this.#steps >= this.#waiting.at) this.#waiting.resolve();
  }

  /** Resolves once this share of the mails was accepted; a little less than all, as some may never be. */
  async reach(share: number): Promise<void> {
    const at = Math.floor(share * this.#total * 0.9);
    if (this.#steps >= at) return;
    await new Promise<void>((resolve) => {
      this.#waiting = { at, resolve };
    });
  }
}
