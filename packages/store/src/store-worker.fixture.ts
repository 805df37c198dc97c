/** A process that uses a store: says that it is there, does as it is told, and tells what came of it. */
import type { RateLimit } from "@mail/core";
import { type Grant, takeMany } from "./conformance/grants.ts";
import { openPlace, type Place } from "./open-place.fixture.ts";

export type Task =
  | { readonly do: "claim"; readonly keys: readonly string[] }
  | { readonly do: "take"; readonly limit: RateLimit; readonly times: number; readonly counts: readonly number[] }
  /** Claims key after key, telling each, until it is killed. */
  | { readonly do: "claimForEver"; readonly leaseMs: number };

export type Told =
  | { readonly ready: true }
  | { readonly claimed: readonly string[]; readonly held: Readonly<Record<string, string>> }
  | { readonly grants: readonly Grant[] }
  | { readonly key: string };

const tell = (told: Told): void => void process.send?.(told);
const owner = `process ${process.pid}`;
const minute = 60_000;

async function work(place: Place, task: Task): Promise<void> {
  const store = openPlace(place);
  if (task.do === "claim") {
    const claimed: string[] = [];
    const held: Record<string, string> = {};
    for (const key of task.keys) {
      const state = await store.claims.claim(key, { owner, note: owner, leaseMs: minute, keepMs: minute });
      if (state.state === "claimed") claimed.push(key);
      else held[key] = state.note;
    }
    tell({ claimed, held });
  } else if (task.do === "take") {
    const grants: Grant[] = [];
    for (let done = 0; done < task.times; done++)
      await takeMany(store.limits, "k", task.limit, 1, task.counts[done % task.counts.length] ?? 1, grants);
    tell({ grants });
  } else {
    for (let n = 0; ; n++) {
      const key = `${owner} ${n}`;
      await store.claims.claim(key, { owner, note: owner, leaseMs: task.leaseMs, keepMs: minute });
      tell({ key });
    }
  }
  await store.close();
}

process.once("message", ({ place, task }: { readonly place: Place; readonly task: Task }) => {
  void work(place, task).finally(() => process.disconnect());
});
tell({ ready: true });
