import { AsyncLocalStorage } from "node:async_hooks";
import diagnostics from "node:diagnostics_channel";
import { getEventListeners } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { createMailer, MailError } from "@mail/core";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { seededRandom } from "../seeded-random.ts";
import { copiesByRecipient } from "./copies.ts";
import { type Expected, sent } from "./fault-row.ts";
import { noFaults } from "./no-faults.ts";
import { createWorld, type Fault, openServer, type World } from "./open-server.ts";
import { openTransport } from "./open-transport.ts";
import type { Step } from "./servers/step.ts";
import { warmUp } from "./warm-up.ts";

vi.setConfig({ testTimeout: 120_000 });

const aborts = 1_000;
/** One mail in so many is not aborted, among others that are, over the same connections. */
const spared = 5;
const inFlight = 20;
const seed = 20_261_125;

let world: World;
/** What to do at the moment when an HTTP request of this send is written. */
const onWrite = new AsyncLocalStorage<() => void>();
const tellWrite = (): void => onWrite.getStore()?.();
beforeAll(async () => {
  world = await createWorld();
  await warmUp(world);
  diagnostics.subscribe("http.client.request.start", tellWrite);
});
afterAll(() => {
  diagnostics.unsubscribe("http.client.request.start", tellWrite);
  world[Symbol.dispose]();
});

interface Sent {
  readonly address: string;
  readonly spared: boolean;
  readonly told: Expected["told"];
}

/** So that aborts strike while the answer to a mail is awaited, too. */
const slowly: Step = { accept: true, say: "250 2.0.0 taken\r\n", afterMs: 3 };
const together = (offers: readonly string[]): Fault => ({
  via: "smtp",
  row: { group: "", fault: "none", expected: sent, offers, steps: { dot: slowly } },
});
const transports: readonly (readonly [name: string, fault: Fault])[] = [
  ...noFaults.map((fault) => [fault.via, fault] as const),
  ["smtp with PIPELINING", together(["PIPELINING"])],
  ["smtp with CHUNKING", together(["PIPELINING", "CHUNKING"])],
];

test.each(transports)(`of ${aborts} mails aborted at any moment by %s, each is told truly`, async (_name, fault) => {
  const random = seededRandom(seed);
  const server = await openServer(fault, world);
  await server.spoil();
  const mailer = createMailer({ transport: openTransport(fault, server, fault.via, "well") });
  const results: Sent[] = [];

  async function sendOne(index: number): Promise<void> {
    const address = `mail-${index}@example.com`;
    const isSpared = index % spared === 0;
    const controller = new AbortController();
    const abort = isSpared ? () => undefined : () => controller.abort();
    const { atWrite, later } = momentFrom(random, abort);
    const message = { from: "hello@acme.example", to: address, subject: `Mail ${index}`, text: "Hello" };
    const sending = onWrite.run(atWrite, () => mailer.send(message, { signal: controller.signal }));
    const [told] = await Promise.all([sending.then(() => "sent" as const, deliveryOf), later()]);
    expect(getEventListeners(controller.signal, "abort")).toEqual([]);
    results.push({ address, spared: isSpared, told });
  }

  const indexes = Array.from({ length: Math.ceil((aborts * spared) / (spared - 1)) }, (_, index) => index).values();
  const work = async (): Promise<void> => {
    for (const index of indexes) await sendOne(index);
  };
  await Promise.all(Array.from({ length: inFlight }, work));
  await mailer.close();
  await server.allClosed();
  const copies = copiesByRecipient(server.mails);
  await server.stop();

  const wrong = results.filter(({ address, told, spared: isSpared }) => {
    const count = copies.get(address) ?? 0;
    if (told === "unknown") return count > 1 || isSpared;
    return isSpared ? told !== "sent" || count !== 1 : count !== (told === "sent" ? 1 : 0);
  });
  expect(wrong).toEqual([]);
  // A storm that always strikes too early or too late would show nothing.
  const tally = Map.groupBy(results, ({ told }) => told);
  expect([tally.has("sent"), tally.has("not_sent"), tally.has("unknown")]).toEqual([true, true, true]);
});

function deliveryOf(thrown: unknown): MailError["delivery"] {
  if (MailError.is(thrown) && thrown.code === "aborted") return thrown.delivery;
  throw thrown;
}

interface Moment {
  readonly atWrite: () => void;
  /** Resolves when the moment is over. */
  readonly later: () => Promise<void>;
}

/** A few jobs, a few turns of the event loop or some milliseconds after the start, or just as a request is written. */
function momentFrom(random: () => number, abort: () => void): Moment {
  const amount = random();
  const nothing = (): void => undefined;
  const turns = async (): Promise<void> => {
    for (let turn = Math.floor(amount * 40); turn > 0; turn--) await new Promise(setImmediate);
    abort();
  };
  const jobs = async (): Promise<void> => {
    for (let job = Math.floor(amount * 60); job > 0; job--) await undefined;
    abort();
  };
  const milliseconds = async (): Promise<void> => {
    await sleep(amount * 25);
    abort();
  };
  switch (Math.floor(random() * 6)) {
    case 0:
      return { atWrite: nothing, later: jobs };
    case 1:
      return { atWrite: nothing, later: milliseconds };
    case 2:
      return { atWrite: abort, later: milliseconds };
    case 3:
      return { atWrite: () => void jobs(), later: milliseconds };
    case 4:
      return { atWrite: () => process.nextTick(abort), later: milliseconds };
    default:
      return { atWrite: nothing, later: turns };
  }
}
