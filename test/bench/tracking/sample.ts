/** One sample of the tracking benchmark: takes a number of events, tells how fast it was, and ends. */

import { openPlace, type StoreKind } from "../../tracking/event-place.ts";
import { peakMegabytes } from "../suite/peak-memory.ts";
import { bareInsert } from "./bare-insert.ts";
import { type Load, mailgunLoad, sendgridLoad } from "./loads.ts";
import { throughTracker } from "./through-tracker.ts";

export interface SampleOrder {
  readonly store: StoreKind;
  readonly load: "sendgrid" | "mailgun";
  readonly subject: "tracker" | "bare insert";
  readonly events: number;
}

export interface Sample {
  readonly perSecond: number;
  readonly peakResidentMb: number;
  /** With the garbage collected. */
  readonly heapMb: number;
}

const megabyte = 2 ** 20;

process.once("message", (order: SampleOrder) => void measure(order));

async function measure({ store, load: name, subject, events }: SampleOrder): Promise<void> {
  await using opened = await openPlace(store);
  const load: Load = name === "sendgrid" ? sendgridLoad(events) : mailgunLoad(events);
  const target = await (subject === "tracker" ? throughTracker : bareInsert)(opened.place, load);
  const start = performance.now();
  const posts = load.posts.values();
  const worker = async (): Promise<void> => {
    for (const post of posts) await target.take(post);
  };
  await Promise.all(Array.from({ length: load.atOnce }, worker));
  const seconds = (performance.now() - start) / 1_000;
  await globalThis.gc?.({ type: "major", execution: "async" });
  const sample: Sample = {
    perSecond: events / seconds,
    peakResidentMb: peakMegabytes(),
    heapMb: process.memoryUsage().heapUsed / megabyte,
  };
  await target.close();
  process.send?.(sample);
  process.disconnect();
}
