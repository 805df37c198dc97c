import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { afterEach, beforeEach, expect, onTestFinished, test, vi } from "vitest";
import type { JobState, StoredJob } from "../job.ts";
import { sweepBlobs } from "./blob-sweep.ts";
import { folderBlobs } from "./folder-blobs.ts";

/** Waits until it is so; for long, as the machine may be busy. */
const until = <Found>(check: () => Found | Promise<Found>): Promise<Found> => vi.waitFor(check, 15_000);

const dayMs = 86_400_000;

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "mail-blobs-"));
});
afterEach(() => rm(folder, { recursive: true }));

let count = 0;
function idOf(ageMs: number): string {
  const time = (Date.now() - ageMs).toString(16).padStart(12, "0");
  return `${time.slice(0, 8)}-${time.slice(8)}-7abc-8def-${String(count++).padStart(12, "0")}`;
}

async function sweep(states: ReadonlyMap<string, JobState>, isOwn = true) {
  const find = vi.fn(async (id: string) => {
    const state = states.get(id);
    return state && ({ id, state } as StoredJob);
  });
  const onError = vi.fn();
  onTestFinished(sweepBlobs({ blobs: folderBlobs(folder), isOwn, find, onError }));
  return { find, onError };
}

test("blobs go whose mail was forgotten, sent or cancelled, and no others", async () => {
  const blobs = folderBlobs(folder);
  const old = 8 * dayMs;
  const states = new Map<string, JobState>();
  const names: Record<string, string> = {};
  for (const state of ["gone", "sent", "cancelled", "queued", "scheduled", "sending", "dead", "unknown"] as const) {
    const id = idOf(old);
    if (state !== "gone") states.set(id, state);
    names[state] = `${id}-0-abcd`;
    await blobs.put(names[state], Readable.from([Buffer.from("x")]));
  }
  const young = `${idOf(6 * dayMs)}-0-abcd`;
  const foreign = "somebody-elses-file";
  for (const name of [young, foreign]) await blobs.put(name, Readable.from([Buffer.from("x")]));
  const { onError } = await sweep(states);
  const { gone, sent, cancelled, ...kept } = names;
  const left = [...Object.values(kept), young, foreign].sort();
  await until(async () => expect((await readdir(folder)).sort()).toEqual(left));
  expect([gone, sent, cancelled].every((name) => name !== undefined)).toBe(true);
  expect(onError).not.toHaveBeenCalled();
});

test("in a store that queues may share, only blobs of mails that are known to be over go", async () => {
  const blobs = folderBlobs(folder);
  const [sent, foreign] = [idOf(8 * dayMs), idOf(8 * dayMs)];
  for (const id of [sent, foreign]) await blobs.put(`${id}-0-abcd`, Readable.from([Buffer.from("x")]));
  const { find } = await sweep(new Map([[sent, "sent"]]), false);
  await until(async () => expect(await readdir(folder)).toEqual([`${foreign}-0-abcd`]));
  await until(() => expect(find).toHaveBeenCalledWith(foreign));
  expect(await readdir(folder)).toEqual([`${foreign}-0-abcd`]);
});

test("what a process left unfinished goes as well", async () => {
  const blobs = folderBlobs(folder);
  async function* cutOff(): AsyncGenerator<Uint8Array> {
    yield Buffer.from("half");
    await new Promise(() => undefined);
  }
  void blobs.put(`${idOf(8 * dayMs)}-0-abcd`, cutOff());
  await until(async () => expect(await readdir(folder)).toHaveLength(1));
  await sweep(new Map());
  await until(async () => expect(await readdir(folder)).toHaveLength(0));
});

test("a folder that is not there holds nothing, and a queue that cannot be asked is told of", async () => {
  const missing: string[] = [];
  for await (const name of folderBlobs(join(folder, "none")).list?.() ?? []) missing.push(name);
  expect(missing).toEqual([]);
  await folderBlobs(folder).put(`${idOf(8 * dayMs)}-0-abcd`, Readable.from([Buffer.from("x")]));
  const onError = vi.fn();
  const find = () => Promise.reject(new Error("away"));
  onTestFinished(sweepBlobs({ blobs: folderBlobs(folder), isOwn: true, find, onError }));
  await until(() => expect(onError).toHaveBeenCalledOnce());
  expect(await readdir(folder)).toHaveLength(1);
});
