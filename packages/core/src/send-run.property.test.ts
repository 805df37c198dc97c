import fc from "fast-check";
import { expect, test } from "vitest";
import { abortError } from "./abort.ts";
import type { BatchOutcome } from "./batch.ts";
import { createMailer } from "./create-mailer.ts";
import { allFields } from "./features.ts";
import { MailError } from "./mail-error.ts";
import type { Mailer, SendManyOptions } from "./mailer.ts";
import { hello } from "./memory-transport.fixture.ts";
import type { Message } from "./message.ts";
import type { TransportReceipt } from "./receipt.ts";
import type { SendOutcome, SendRun } from "./send-run.ts";
import type { Transport } from "./transport.ts";

const { to: _, ...template } = hello;

/** What a server does with one mail: how many turns it takes, and whether it takes the mail. */
interface Fate {
  readonly turns: number;
  readonly answer: "ok" | "refused" | "doubtful";
}

/** What happens to a run after so many outcomes. */
interface Act {
  readonly after: number;
  readonly what: "pause" | "stop" | "abort" | "break" | "throw";
}

const fate: fc.Arbitrary<Fate> = fc.record({
  turns: fc.nat(6),
  answer: fc.constantFrom("ok", "ok", "ok", "refused", "doubtful"),
});
const act: fc.Arbitrary<Act> = fc.record({
  after: fc.integer({ min: 0, max: 12 }),
  what: fc.constantFrom("pause", "stop", "abort", "break", "throw"),
});

interface Drawn {
  readonly fates: Fate[];
  readonly acts: Act[];
  /** Turns that the input takes for each item. */
  readonly pace: number;
  readonly concurrency: number;
  readonly batch: number | null;
  readonly bulk: boolean;
  readonly startAt: number;
}

const world: fc.Arbitrary<Drawn> = fc.record({
  fates: fc.array(fate, { maxLength: 25 }),
  acts: fc.array(act, { maxLength: 3 }),
  pace: fc.nat(3),
  concurrency: fc.integer({ min: 1, max: 5 }),
  batch: fc.option(fc.integer({ min: 1, max: 4 })),
  bulk: fc.boolean(),
  startAt: fc.constantFrom(0, 0, 3),
});

async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) await Promise.resolve();
}

/** Servers and inputs that all runs of one world share. */
function worldOf({ fates, pace, concurrency, batch, bulk }: Drawn) {
  /** How often each mail went out. */
  const sent = fates.map(() => 0);
  const state = { pulled: 0 };
  async function deliver(address: string, signal: AbortSignal): Promise<TransportReceipt> {
    const place = Number(address.match(/\d+/)?.[0]);
    const { turns: wait, answer } = fates[place] as Fate;
    await turns(wait);
    if (signal.aborted) throw abortError(signal);
    if (answer === "refused") throw new MailError("no", { code: "recipient_rejected" });
    sent[place] = (sent[place] ?? 0) + 1;
    if (answer === "doubtful") throw new MailError("lost", { code: "connection", delivery: "unknown" });
    return { status: "sent", accepted: [address], rejected: [] };
  }
  const transport: Transport = {
    name: "world",
    features: { fields: allFields, ...(batch !== null && { batch: { recipients: batch, bytes: 100_000 } }) },
    send: ({ to }, { signal }) => deliver(to[0]?.address ?? "", signal),
    ...(batch !== null && {
      sendBatch: ({ recipients }, { signal }) =>
        Promise.all(
          recipients.map(({ id, to }) =>
            deliver(to.address, signal).then(
              (receipt): BatchOutcome => ({ id, ok: true, receipt }),
              (error: MailError): BatchOutcome => ({ id, ok: false, error }),
            ),
          ),
        ),
    }),
  };
  async function* input(): AsyncGenerator<{ to: string }> {
    for (let place = 0; place < fates.length; place++) {
      await turns(pace);
      state.pulled = place + 1;
      yield { to: `user${place}@example.com` };
    }
  }
  const start = (mailer: Mailer, options: SendManyOptions): SendRun =>
    bulk
      ? mailer.sendBulk(template, input(), { concurrency, ...options })
      : mailer.sendMany(messages(), { concurrency, ...options });
  async function* messages(): AsyncGenerator<Message> {
    for await (const recipient of input()) yield { ...hello, ...recipient };
  }
  return { sent, state, mailer: createMailer({ transport }), start };
}

/** Was kept from being sent by an abort. */
function isUnsent(outcome: SendOutcome | undefined): boolean {
  return outcome?.ok === false && outcome.error.code === "aborted" && outcome.error.delivery === "not_sent";
}

const runs = Number(process.env["RUNS"] ?? 300);

test("whatever fails, pauses or ends a run: nobody is told of twice, and all before its position are settled", async () => {
  const property = fc.asyncProperty(world, async (drawn) => {
    const { sent, state, mailer, start } = worldOf(drawn);
    const { fates, acts, startAt } = drawn;
    const controller = new AbortController();
    const run = start(mailer, { startAt, signal: controller.signal });
    const told = new Map<number, SendOutcome>();
    let stopped = false;
    let cut = false;

    const check = (): void => {
      for (let place = startAt; place < run.position; place++) {
        expect(told.has(place)).toBe(true);
        expect(isUnsent(told.get(place))).toBe(false);
      }
    };
    const perform = async ({ what }: Act): Promise<boolean> => {
      if (what === "stop") run.stop();
      if (what === "abort") controller.abort();
      if (what === "pause") {
        run.pause();
        await turns(30); // What was asked for before the pause has come by then.
        const { pulled } = state;
        await turns(60);
        expect(state.pulled).toBe(pulled);
        run.resume();
      }
      stopped ||= what === "stop";
      cut ||= what === "abort" || what === "break" || what === "throw";
      if (what === "throw") throw new Error("the caller's own");
      return what === "break";
    };
    try {
      loop: for await (const outcome of run) {
        expect(told.has(outcome.index)).toBe(false);
        expect(outcome.index).toBeGreaterThanOrEqual(startAt);
        told.set(outcome.index, outcome);
        check();
        for (const one of acts) if (one.after === told.size && (await perform(one))) break loop;
      }
    } catch (error) {
      expect(error).toMatchObject({ message: "the caller's own" });
    }
    check();
    const { position } = run;
    expect(position).toBeLessThanOrEqual(Math.max(startAt, fates.length));
    // Where nothing but a stop ended it, all that was sent has been told, and is before the position.
    if (!cut) expect(position).toBe(startAt + told.size);
    if (!cut && !stopped) expect(position).toBe(Math.max(startAt, fates.length));

    const sentBefore = [...sent];
    const rest = start(mailer, { startAt: position });
    for await (const { index } of rest) expect(index).toBeGreaterThanOrEqual(position);
    expect(rest.position).toBe(Math.max(position, fates.length));
    for (const [place, times] of sent.entries()) {
      const { answer } = fates[place] as Fate;
      expect(sentBefore[place]).toBeLessThanOrEqual(1);
      if (place < position) expect(times).toBe(sentBefore[place]);
      else expect(times).toBe((sentBefore[place] ?? 0) + (answer === "refused" ? 0 : 1));
      if (place >= startAt && answer !== "refused") expect(times).toBeGreaterThanOrEqual(1);
      if (!cut) expect(times).toBeLessThanOrEqual(1);
    }
  });
  await fc.assert(property, { numRuns: runs });
});
