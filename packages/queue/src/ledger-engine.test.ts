import { afterEach, describe, expect, test, vi } from "vitest";
import { newJob, newJobs } from "./engine-suite/jobs.fixture.ts";
import { Seen } from "./engine-suite/seen.fixture.ts";
import type { Settlement, TakenJob } from "./job.ts";
import { faultyLedger, memoryLedger } from "./ledger-engine/faulty-ledger.fixture.ts";
import { MemoryBroker } from "./ledger-engine/memory-broker.fixture.ts";
import { ledgerEngine } from "./ledger-engine.ts";
import type { EngineWork, QueueEngine } from "./queue-engine.ts";

/** Waits until it is so; for long, as the machine may be busy. */
const until = <Found>(check: () => Found | Promise<Found>): Promise<Found> => vi.waitFor(check, 15_000);

const leaseMs = 300;
const name = "mails";
const sent: Settlement = { state: "sent", record: "sent" };
const opened: QueueEngine[] = [];
const held = new Set<() => void>();

afterEach(async () => {
  for (const letGo of held) letGo();
  held.clear();
  await Promise.all(opened.splice(0).map((engine) => engine.close()));
  vi.useRealTimers();
});

/** An engine before a broker and a ledger that several may share. */
function open({ broker = new MemoryBroker(), inner = memoryLedger(), keepMs = 60_000 } = {}) {
  const ledger = faultyLedger(inner);
  const engine = ledgerEngine({ broker, ledger, name, keepMs, keepDeadMs: keepMs });
  opened.push(engine);
  return { broker, ledger, inner, engine };
}

/** A worker that writes down what it is given and what it complains of. */
function work(engine: QueueEngine, handle: EngineWork["handle"] = async () => sent, concurrency = 10) {
  const [taken, errors] = [new Seen<TakenJob>(), new Seen<string>()];
  const worker = engine.work({
    concurrency,
    leaseMs,
    handle: async (job) => {
      taken.add(job);
      return await handle(job);
    },
    onError: ({ code, message }) => errors.add(`${code}: ${message}`),
  });
  return { taken, errors, close: () => worker.close() };
}

/** What a `handle` waits for; let go of at the end of the test. */
function hold() {
  const { promise, resolve } = Promise.withResolvers<Settlement>();
  held.add(() => resolve({ state: "queued", record: "", dueAt: Date.now(), isTry: false }));
  return { promise, settle: resolve };
}

const stateOf = async (engine: QueueEngine, id: string) => (await engine.find(id))?.state;

describe("a broker that repeats itself", () => {
  test("every mail is sent once though each message comes twice", async () => {
    const { engine, broker } = open();
    broker.takesTwice = true;
    const { taken } = work(engine);
    const jobs = newJobs(200);
    await engine.add(jobs);
    await until(() => expect(broker.messages.size).toBe(0));
    expect(new Set(taken.items.map(({ id }) => id)).size).toBe(200);
    expect(taken.items).toHaveLength(200);
    expect((await engine.counts()).states.sent).toBe(200);
  });

  test("a mail that comes early waits until it is due", async () => {
    const { engine, broker } = open();
    broker.isEarly = true;
    const { taken } = work(engine);
    const dueAt = Date.now() + leaseMs;
    await engine.add([newJob({ dueAt })]);
    await taken.count(1);
    expect(Date.now()).toBeGreaterThanOrEqual(dueAt);
  });

  test("a mail is handed out once though the connection is lost while it is sent, and its message ends", async () => {
    const { engine, broker } = open();
    const { promise, settle } = hold();
    const { taken } = work(engine, () => promise);
    const job = newJob();
    await engine.add([job]);
    await taken.count(1);
    broker.loseConnection();
    settle(sent);
    await until(() => expect(broker.messages.size).toBe(0));
    expect(taken.items).toHaveLength(1);
    expect(await stateOf(engine, job.id)).toBe("sent");
  });

  test.each(["before", "after"] as const)(
    "an answer that is lost %s it was taken sends nothing twice",
    async (when) => {
      const { engine, broker } = open();
      const { taken, errors } = work(engine);
      broker.failAnswer = when;
      await engine.add([newJob()]);
      await errors.count(1);
      broker.loseConnection();
      await until(() => expect(broker.messages.size).toBe(0));
      expect(taken.items).toHaveLength(1);
    },
  );

  test("a mail that is to be tried again survives that its message could not be put off", async () => {
    const { engine, broker } = open();
    const dueAt = Date.now() + leaseMs;
    const { taken, errors } = work(engine, async ({ tries }) =>
      tries === 1 ? { state: "queued", record: "again", dueAt, isTry: true } : sent,
    );
    broker.failAnswer = "before";
    await engine.add([newJob()]);
    await errors.count(1);
    broker.loseConnection();
    const [, second] = await taken.count(2);
    expect(Date.now()).toBeGreaterThanOrEqual(dueAt);
    expect(second).toMatchObject({ tries: 2, interrupted: false, record: "again" });
  });
});

describe("adding", () => {
  test("what the broker did not take is unknown to the ledger, and its key is free", async () => {
    const { engine, broker } = open();
    const job = newJob({ key: "order-1" });
    broker.failPublish = "before";
    await expect(engine.add([job])).rejects.toMatchObject({ code: "unavailable", delivery: "not_sent" });
    expect(await engine.find(job.id)).toBeUndefined();
    const again = newJob({ key: "order-1" });
    expect(await engine.add([again])).toEqual([{ id: again.id, duplicate: false }]);
  });

  test("a mail whose publishing was not answered is sent once, though it is added again under its key", async () => {
    const { engine, broker } = open();
    broker.failPublish = "after";
    const first = newJob({ key: "order-1" });
    await expect(engine.add([first])).rejects.toMatchObject({ code: "unavailable", delivery: "unknown" });
    await engine.add([newJob({ key: "order-1" })]);
    const { taken } = work(engine);
    await until(() => expect(broker.messages.size).toBe(0));
    expect(taken.items).toHaveLength(1);
  });

  test("a mail that the ledger could not be told of is unsure, and is sent when the ledger is back", async () => {
    const { engine, ledger } = open();
    ledger.isAway = true;
    const job = newJob();
    await expect(engine.add([job])).rejects.toMatchObject({ code: "unavailable", delivery: "unknown" });
    const { taken, errors } = work(engine);
    await errors.count(1);
    ledger.isAway = false;
    expect(await taken.count(1)).toMatchObject([{ id: job.id, tries: 1, record: job.record }]);
    await until(async () => expect(await stateOf(engine, job.id)).toBe("sent"));
  });

  test("a mail that is sent before its producer has told the ledger is no duplicate", async () => {
    const { engine, broker, inner } = open();
    const { taken } = work(engine);
    const job = newJob({ key: "order-1" });
    broker.put({ ...job, replays: 0 });
    await taken.count(1);
    expect(await inner.add(name, [job])).toEqual([job.id]);
    await until(async () => expect(await stateOf(engine, job.id)).toBe("sent"));
  });

  test("a duplicate is dropped though its message comes when the key is forgotten", async () => {
    const { engine, broker } = open();
    const dueAt = Date.now() + 200;
    await engine.add([newJob({ key: "order-1", keyMs: 100 }), newJob({ key: "order-1", dueAt })]);
    const { taken } = work(engine);
    await until(() => expect(broker.messages.size).toBe(0));
    expect(Date.now()).toBeGreaterThanOrEqual(dueAt);
    expect(taken.items).toHaveLength(1);
  });
});

describe("a ledger that fails", () => {
  test("a mail that was taken without an answer is sent, and is not taken for an interrupted one", async () => {
    const { engine, ledger } = open();
    ledger.loseAnswerOf = "change";
    const job = newJob();
    await engine.add([job]);
    const { taken, errors } = work(engine);
    expect(await taken.count(1)).toMatchObject([{ id: job.id, tries: 1, interrupted: false }]);
    await until(async () => expect(await stateOf(engine, job.id)).toBe("sent"));
    expect(errors.items).toEqual(["unavailable: The ledger is away."]);
  });

  test("an interrupted mail that was taken without an answer stays an interrupted one", async () => {
    const { engine, broker, ledger } = open();
    const job = newJob();
    await engine.add([job]);
    await ledger.change(name, [
      {
        id: job.id,
        where: { states: ["queued"] },
        set: { state: "sending", lease: { owner: "crashed", ms: 1 }, tries: 1 },
      },
    ]);
    await until(() => expect(broker.messages.size).toBe(1));
    let changes = 0;
    const change = ledger.change.bind(ledger);
    ledger.change = async (...args) => {
      // The first taking is of a queued mail, the second one of an interrupted mail.
      if (++changes === 2) ledger.loseAnswerOf = "change";
      return await change(...args);
    };
    const { taken } = work(engine);
    expect(await taken.count(1)).toMatchObject([{ id: job.id, tries: 2, interrupted: true }]);
  });

  test("what became of a mail is recorded once the ledger is back, and its message is kept until then", async () => {
    const { engine, broker, ledger } = open();
    const recorded = vi.fn();
    const { taken, errors } = work(engine, async () => {
      ledger.isAway = true;
      return { ...sent, recorded };
    });
    const job = newJob();
    await engine.add([job]);
    await errors.count(1);
    expect(recorded).not.toHaveBeenCalled();
    expect(broker.messages.size).toBe(1);
    ledger.isAway = false;
    await until(() => expect(broker.messages.size).toBe(0));
    expect(recorded).toHaveBeenCalledOnce();
    expect(taken.items).toHaveLength(1);
    expect(await stateOf(engine, job.id)).toBe("sent");
  });

  test("a settlement whose answer was lost is recorded once and counts", async () => {
    const { engine, broker, ledger } = open();
    const recorded = vi.fn();
    const { errors } = work(engine, async () => {
      ledger.loseAnswerOf = "change";
      return { ...sent, recorded };
    });
    await engine.add([newJob()]);
    await until(() => expect(broker.messages.size).toBe(0));
    expect(recorded).toHaveBeenCalledOnce();
    expect(errors.items).toEqual(["unavailable: The ledger is away."]);
  });

  test("a ledger that has lost its memory while a mail is sent learns what became of it", async () => {
    const broker = new MemoryBroker();
    const { ledger, engine } = open({ broker });
    const emptied = memoryLedger();
    const { taken } = work(engine, async () => {
      Object.assign(ledger, faultyLedger(emptied));
      return { state: "dead", record: "given up" };
    });
    const job = newJob();
    await engine.add([job]);
    await until(() => expect(broker.messages.size).toBe(0));
    expect(taken.items).toHaveLength(1);
    const [entry] = await emptied.find(name, [job.id]);
    expect(entry).toMatchObject({ state: "dead", record: "given up", payload: job.payload });
  });

  test("a mail that the ledger refuses does not keep the others from being sent", async () => {
    const { engine, ledger } = open();
    const [poison, ...jobs] = newJobs(20);
    const change = ledger.change.bind(ledger);
    ledger.change = async (queue, changes) => {
      if (changes.some(({ id }) => id === poison?.id)) throw new RangeError("That id is not for me.");
      return await change(queue, changes);
    };
    await engine.add(poison === undefined ? jobs : [poison, ...jobs]);
    const { taken, errors } = work(engine, undefined, 2);
    await taken.count(19);
    expect(taken.items.some(({ id }) => id === poison?.id)).toBe(false);
    await errors.count(1);
    expect(errors.items).toEqual(["unknown: The transport failed: That id is not for me."]);
  });

  test("many mails at once cost the ledger few calls", async () => {
    const { engine, ledger } = open();
    await engine.add(newJobs(500));
    const { taken, close } = work(engine, undefined, 50);
    await taken.count(500);
    await close();
    expect((await engine.counts()).states.sent).toBe(500);
    expect(ledger.calls.change).toBeLessThan(60);
  });
});

describe("a worker that is lost", () => {
  test("its mail goes to another one as interrupted when the lease is over, and its own settlement comes too late", async () => {
    const { engine, broker, inner } = open();
    const { ledger: cutOff, engine: lost } = open({ broker, inner });
    const { promise, settle } = hold();
    const first = work(lost, () => promise, 1);
    const job = newJob();
    await engine.add([job]);
    await first.taken.count(1);
    cutOff.isAway = true;
    const second = work(engine, async () => ({ state: "unknown", record: "held" }));
    broker.loseConnection();
    expect(await second.taken.count(1)).toMatchObject([{ id: job.id, tries: 2, interrupted: true }]);
    cutOff.isAway = false;
    settle(sent);
    await first.errors.first((text) => text.includes("The lease of mail"));
    expect(await engine.find(job.id)).toMatchObject({ state: "unknown", record: "held" });
    await until(() => expect(broker.messages.size).toBe(0));
    expect(await engine.payload(job.id)).toEqual(job.payload);
  });

  test("a mail in hand keeps its lease and its message for as long as it takes", async () => {
    const { engine, broker, inner } = open();
    const { promise, settle } = hold();
    const { taken } = work(engine, () => promise, 1);
    const [slow, waiting] = [newJob(), newJob()];
    await engine.add([slow, waiting]);
    await taken.count(1);
    await until(() => expect(broker.extended).toBeGreaterThanOrEqual(8));
    await until(async () => {
      const [entry] = await inner.find(name, [taken.items[0]?.id ?? ""]);
      expect(entry?.leasedUntil).toBeGreaterThan(Date.now());
    });
    settle(sent);
    await taken.count(2);
  });

  test("mails that wait for a place go back when the worker is closed", async () => {
    const { engine } = open();
    const { promise, settle } = hold();
    const first = work(engine, () => promise, 1);
    await engine.add([...newJobs(3), ...newJobs(3, { priority: 0 })]);
    await first.taken.count(1);
    const closing = first.close();
    settle(sent);
    await closing;
    expect((await engine.counts()).states).toMatchObject({ queued: 5, sending: 0, sent: 1 });
    const second = work(engine);
    expect(await second.taken.count(5)).toHaveLength(5);
  });
});

describe("taking up again", () => {
  async function deadJob() {
    const all = open();
    const { taken, close } = work(all.engine, async () => ({ state: "dead", record: "given up" }));
    const job = newJob();
    await all.engine.add([job]);
    await taken.count(1);
    await close();
    return { ...all, job };
  }
  const replay = { from: ["dead", "unknown"], to: "queued", record: () => "again" } as const;

  test("a crash between broker and ledger loses nothing", async () => {
    const { engine, ledger, job } = await deadJob();
    const change = ledger.change;
    ledger.change = async () => Promise.reject(new Error("crashed"));
    await expect(engine.change(job.id, replay)).rejects.toThrow("crashed");
    ledger.change = change;
    expect(await stateOf(engine, job.id)).toBe("dead");
    const { taken } = work(engine);
    expect(await taken.count(1)).toMatchObject([{ id: job.id, tries: 2, record: "again", interrupted: false }]);
    await until(async () => expect(await stateOf(engine, job.id)).toBe("sent"));
  });

  test("a mail that is settled by hand in the same moment is not sent", async () => {
    const { engine, inner, broker, job } = await deadJob();
    const publish = broker.publish.bind(broker);
    broker.publish = async (messages) => {
      await inner.change(name, [{ id: job.id, where: { states: ["dead"] }, set: { state: "sent", payload: null } }]);
      await publish(messages);
    };
    expect(await engine.change(job.id, replay)).toBe(false);
    const { taken } = work(engine);
    await until(() => expect(broker.messages.size).toBe(0));
    expect(taken.items).toEqual([]);
  });

  test("a worker that is faster than the one who asks is no failure", async () => {
    const { engine, broker, job } = await deadJob();
    const { taken } = work(engine);
    const publish = broker.publish.bind(broker);
    broker.publish = async (messages) => {
      await publish(messages);
      await taken.count(1);
    };
    expect(await engine.change(job.id, replay)).toBe(true);
  });

  test("an old message of a mail that was taken up again and given up once more does not send it", async () => {
    const { engine, broker, job } = await deadJob();
    expect(await engine.change(job.id, replay)).toBe(true);
    const { taken } = work(engine, async () => ({ state: "dead", record: "given up again" }));
    await taken.count(1);
    await until(() => expect(broker.messages.size).toBe(0));
    broker.put({ ...job, replays: 0 });
    broker.put({ ...job, replays: 1 });
    await until(() => expect(broker.messages.size).toBe(0));
    expect(taken.items).toHaveLength(1);
    expect(await engine.find(job.id)).toMatchObject({ state: "dead", record: "given up again" });
  });
});

describe("what else it does", () => {
  test("a message that cannot be read is kept as a dead letter, once", async () => {
    const { engine, broker } = open();
    const { errors } = work(engine);
    const { onUnreadable } = broker.connections[0]?.subscription ?? {};
    const body = new Uint8Array([1, 2, 255]);
    await onUnreadable?.(body, "no JSON");
    await onUnreadable?.(body, "no JSON");
    expect(errors.items).toEqual(["invalid_message: A message of the queue cannot be read: no JSON"]);
    const dead = await engine.list({ state: "dead", limit: 10 });
    expect(dead).toHaveLength(1);
    expect(JSON.parse(dead[0]?.record ?? "")).toMatchObject({ error: { code: "invalid_message" } });
    expect(await engine.payload(dead[0]?.id ?? "")).toEqual(body);
  });

  test("a free place goes to the highest priority of those that wait", async () => {
    const { engine } = open();
    const { promise, settle } = hold();
    const { taken } = work(
      engine,
      ({ tries, priority }) => (priority === 1 && tries === 1 ? promise : Promise.resolve(sent)),
      1,
    );
    await engine.add([newJob()]);
    await taken.count(1);
    await engine.add([newJob({ priority: 2 }), newJob({ priority: 0 }), newJob({ priority: 1 })]);
    settle(sent);
    expect((await taken.count(4)).map(({ priority }) => priority)).toEqual([1, 0, 1, 2]);
  });

  test("mails that were sent are forgotten after a while, by a worker or when others are added, and no others", async () => {
    const { engine, inner } = open();
    const { taken, close } = work(engine);
    const [job, later] = [newJob(), newJob({ dueAt: Date.now() + 3_600_000 })];
    await engine.add([job, later]);
    await taken.count(1);
    await close();
    const { engine: forgetful } = open({ inner, keepMs: 1 });
    work(forgetful);
    await until(async () => expect(await engine.find(job.id)).toBeUndefined());
    expect(await stateOf(engine, later.id)).toBe("scheduled");
    const next = newJob();
    await engine.add([next]);
    await engine.change(next.id, { from: ["queued"], to: "cancelled", record: () => "cancelled" });
    await open({ inner, keepMs: 0 }).engine.add([newJob()]);
    await until(async () => expect(await engine.find(next.id)).toBeUndefined());
  });

  test("a wrong clock puts a mail off by an hour at most, however far away the time is when it is due", async () => {
    const { engine, broker } = open();
    const dueAt = Date.now() + 365 * 86_400_000;
    broker.isEarly = true;
    await engine.add([newJob({ dueAt })]);
    work(engine);
    await until(() => {
      const [message] = broker.messages;
      expect(message?.readyAt).toBeGreaterThan(Date.now());
      expect(message?.readyAt).toBeLessThanOrEqual(Date.now() + 3_600_000);
    });
  });

  test("options are checked", () => {
    const broker = new MemoryBroker();
    expect(() => ledgerEngine({ broker, ledger: memoryLedger(), name: "" })).toThrow("name");
    expect(() => ledgerEngine({ broker, ledger: memoryLedger(), name, keepMs: -1 })).toThrow("keepMs");
  });
});
