import { expect, test } from "vitest";
import { attempts } from "./attempts.ts";

const isPassing = (thrown: unknown): boolean => thrown instanceof RangeError;
const timeUp = new Error("time is up");
const options = { timeoutMs: 30_000, isPassing, onTimeout: () => timeUp };
const never = new Promise<never>(() => undefined);

test("tries again after what passes, and gives what comes then", async () => {
  let tries = 0;
  const attempt = async () => (++tries < 3 ? Promise.reject(new RangeError("not yet")) : "done");
  expect(await attempts(attempt, options)).toBe("done");
  expect(tries).toBe(3);
});

test("does not try again after what is for good", async () => {
  let tries = 0;
  const attempt = async () => Promise.reject(new Error(`refused ${++tries}`));
  await expect(attempts(attempt, options)).rejects.toThrow("refused 1");
});

test("gives up when the time is up, by what it last ran into", async () => {
  const attempt = async () => Promise.reject(new RangeError("not there"));
  await expect(attempts(attempt, { ...options, timeoutMs: 120 })).rejects.toThrow("not there");
});

test("gives up in the middle of an attempt, and lets go of what hangs", async () => {
  let calls = 0;
  const onTimeout = (): Error => {
    calls++;
    return timeUp;
  };
  await expect(attempts(() => never, { ...options, timeoutMs: 20, onTimeout })).rejects.toBe(timeUp);
  let tries = 0;
  const attempt = () => (++tries === 1 ? Promise.reject(new RangeError("not there")) : never);
  await expect(attempts(attempt, { ...options, timeoutMs: 1_000, onTimeout })).rejects.toThrow("not there");
  expect(calls).toBe(2);
});
