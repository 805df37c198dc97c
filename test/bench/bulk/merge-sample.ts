/** A mail merge over SMTP in a process of its own, its memory looked at after each tenth; run with `--expose-gc`. */
import { setTimeout } from "node:timers/promises";
import { createMailer } from "@mail/core";
import { smtp } from "@mail/smtp";
import { answerOrder } from "../suite/take-sample.ts";
import { campaign, recipients } from "./campaign.ts";

export interface MergeOrder {
  readonly port: number;
  readonly recipients: number;
}

/** After a tenth of the recipients, with the garbage collected; memory in MB of 2^20 bytes. */
export interface MergeStage {
  readonly done: number;
  /** The JavaScript heap and the buffers outside of it. */
  readonly usedMb: number;
  readonly residentMb: number;
  readonly seconds: number;
}

answerOrder<MergeOrder>(async ({ port, recipients: count }): Promise<readonly MergeStage[]> => {
  const { gc } = globalThis;
  if (gc === undefined) throw new Error("run with node --expose-gc");
  await using mailer = createMailer({ transport: smtp({ host: "127.0.0.1", port }) });
  const stages: MergeStage[] = [];
  const start = performance.now();
  let done = 0;
  for await (const outcome of mailer.sendBulk(campaign, recipients(count), { concurrency: 50 })) {
    if (!outcome.ok) throw outcome.error;
    if (++done % Math.ceil(count / 10) !== 0) continue;
    gc();
    // What is under way comes to its end meanwhile, buffers are given back, and what they held goes with the second.
    await setTimeout(50);
    gc();
    const { heapUsed, external, rss } = process.memoryUsage();
    stages.push({
      done,
      usedMb: (heapUsed + external) / 2 ** 20,
      residentMb: rss / 2 ** 20,
      seconds: (performance.now() - start) / 1_000,
    });
  }
  return stages;
});
