import { Socket } from "node:net";
import { setImmediate } from "node:timers";
import { afterEach, expect, it, vi } from "vitest";
import { SocketWriter } from "./socket-writer.ts";
import { WriteTurn } from "./write-turn.ts";

afterEach(() => vi.useRealTimers());

const nextTurn = (): Promise<void> => new Promise(setImmediate);

/** A writer whose socket notes what it is given. */
function writer(turn: WriteTurn, name: string, events: string[]): SocketWriter {
  const socket = new Socket();
  socket.write = (bytes: Uint8Array | string): boolean => events.push(`${name}: ${bytes}`) > 0;
  return new SocketWriter(socket, turn);
}

it("writes once in a turn of the event loop, before anybody is called back", async () => {
  const events: string[] = [];
  const turn = new WriteTurn();
  const [one, other] = [writer(turn, "one", events), writer(turn, "other", events)];
  one.write(Buffer.from("a"));
  other.write(Buffer.from("b"));
  turn.afterwards(() => events.push("called back"));
  one.write(Buffer.from("c"));
  expect(events).toEqual([]);
  await nextTurn();
  expect(events).toEqual(["one: ac", "other: b", "called back"]);
});

it("calls back at once where nothing is to be written", () => {
  const callback = vi.fn();
  new WriteTurn().afterwards(callback);
  expect(callback).toHaveBeenCalledOnce();
});

it("writes although an app's test has stopped the clock", async () => {
  const events: string[] = [];
  const turn = new WriteTurn();
  vi.useFakeTimers();
  writer(turn, "one", events).write(Buffer.from("a"));
  turn.afterwards(() => events.push("called back"));
  await nextTurn();
  expect(events).toEqual(["one: a", "called back"]);
});
