import { Socket } from "node:net";
import { describe, expect, it, vi } from "vitest";
import { afterWriting, SocketWriter } from "./socket-writer.ts";

const turn = (): Promise<void> => new Promise(setImmediate);

describe("a SocketWriter", () => {
  it("writes once in a turn of the event loop, before anybody is called back", async () => {
    const events: string[] = [];
    const [one, other] = ["one", "other"].map((name) => {
      const socket = new Socket();
      socket.write = (bytes: Uint8Array | string): boolean => events.push(`${name}: ${bytes}`) > 0;
      return new SocketWriter(socket);
    }) as [SocketWriter, SocketWriter];
    one.write(Buffer.from("a"));
    other.write(Buffer.from("b"));
    afterWriting(() => events.push("called back"));
    one.write(Buffer.from("c"));
    expect(events).toEqual([]);
    await turn();
    expect(events).toEqual(["one: ac", "other: b", "called back"]);
  });

  it("writes although a turn of another one never came, as where a test stops the clock", async () => {
    const written: string[] = [];
    const socket = new Socket();
    socket.write = (bytes: Uint8Array | string): boolean => written.push(`${bytes}`) > 0;
    vi.useFakeTimers({ toFake: ["setImmediate"] });
    new SocketWriter(new Socket().destroy()).write(Buffer.from("a"));
    vi.useRealTimers();
    new SocketWriter(socket).write(Buffer.from("b"));
    await turn();
    expect(written).toEqual(["b"]);
  });

  it("calls back all the same then, where nothing else is written", async () => {
    vi.useFakeTimers({ toFake: ["setImmediate"] });
    new SocketWriter(new Socket().destroy()).write(Buffer.from("a"));
    vi.useRealTimers();
    const { promise, resolve } = Promise.withResolvers<void>();
    afterWriting(resolve);
    await promise;
  });

  it("calls back at once where nothing is to be written", () => {
    let called = false;
    afterWriting(() => {
      called = true;
    });
    expect(called).toBe(true);
  });
});
