import { expect } from "vitest";
import type { EngineCapability, EngineCase } from "./engine-case.fixture.ts";
import { newJob } from "./jobs.fixture.ts";
import { sameBytes } from "./same-bytes.fixture.ts";

/** Bytes of every value, without a pattern that compresses away. */
function bytesOf(size: number): Uint8Array {
  const bytes = new Uint8Array(size);
  let state = 17;
  for (let index = 0; index < size; index++) {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    bytes[index] = state >> 16;
  }
  return bytes;
}

const sizes = [0, 1, 255, 256, 65_537, 1_048_576].map(
  (size): EngineCase => ({
    name: `a payload of ${size.toLocaleString("en")} byte(s) arrives as it was, when sent and when given up`,
    async run(stage) {
      const engine = await stage.open();
      const job = newJob({ payload: bytesOf(Math.min(size, stage.subject.largestPayloadBytes ?? size)) });
      await engine.add([job]);
      const worker = stage.work(engine, { handle: () => ({ state: "dead", record: "given up" }) });
      const [taken] = await worker.taken.count(1);
      await worker.close();
      expect(sameBytes(taken?.payload, job.payload)).toBe(true);
      expect(sameBytes(await engine.payload(job.id), job.payload)).toBe(true);
    },
  }),
);

export const payloads: EngineCapability = {
  name: "payloads",
  cases: [
    ...sizes,
    {
      name: "a payload that is a window on a larger buffer is taken in alone, and the buffer stays the caller's",
      async run(stage) {
        const engine = await stage.open();
        const buffer = bytesOf(1000);
        const before = buffer.slice();
        const job = newJob({ payload: buffer.subarray(100, 200) });
        await engine.add([job]);
        expect(sameBytes(buffer, before)).toBe(true);
        const worker = stage.work(engine);
        const [taken] = await worker.taken.count(1);
        expect(sameBytes(taken?.payload, before.subarray(100, 200))).toBe(true);
      },
    },
    {
      name: "a payload that changes after the call was made is kept as it was",
      async run(stage) {
        const engine = await stage.open();
        const payload = bytesOf(100);
        const before = payload.slice();
        const adding = engine.add([newJob({ payload })]);
        payload.fill(0);
        await adding;
        const worker = stage.work(engine);
        const [taken] = await worker.taken.count(1);
        expect(sameBytes(taken?.payload, before)).toBe(true);
      },
    },
  ],
};
