import fc from "fast-check";
import { expect, test } from "vitest";
import type { BatchOutcome } from "./batch.ts";
import { circuitBreaker } from "./circuit-breaker.ts";
import { createMailer } from "./create-mailer.ts";
import { failover } from "./failover.ts";
import { allFields } from "./features.ts";
import { MailError } from "./mail-error.ts";
import { memoryStore } from "./memory-store.ts";
import { once } from "./once.ts";
import { rateLimit } from "./rate-limit.ts";
import type { Receipt } from "./receipt.ts";
import { retry } from "./retry.ts";
import { roundRobin } from "./round-robin.ts";
import type { SendOutcome } from "./send-run.ts";
import type { Transport } from "./transport.ts";

/** What a server makes of one recipient; `lost` and `doubtful` break off after the mail was handed over. */
type Answer = "ok" | "down" | "refused" | "later" | "login" | "lost" | "doubtful";

const errors = {
  down: { code: "connection" },
  refused: { code: "recipient_rejected" },
  later: { code: "recipient_rejected", retryable: true },
  login: { code: "authentication" },
  lost: { code: "connection", delivery: "unknown" },
  doubtful: { code: "timeout", delivery: "unknown" },
} as const;

interface World {
  /** How often each address has the mail. */
  readonly taken: Map<string, number>;
  calls: number;
  readonly next: () => Answer;
  readonly turns: () => number;
}

function leaf(world: World, name: string, { batch, envelope }: { batch: boolean; envelope: boolean }): Transport {
  const answer = (address: string): MailError | undefined => {
    const given = world.next();
    if (given === "ok" || given === "doubtful") world.taken.set(address, (world.taken.get(address) ?? 0) + 1);
    return given === "ok" ? undefined : new MailError(given, errors[given]);
  };
  const busy = async (): Promise<void> => {
    world.calls++;
    for (let turns = world.turns(); turns > 0; turns--) await Promise.resolve();
  };
  return {
    name,
    features: {
      fields: allFields,
      envelopeRecipients: envelope,
      ...(batch && { batch: { recipients: 2, bytes: 100_000 } }),
    },
    async send(mail) {
      const asked = envelope ? mail.envelope.to : [...mail.to, ...mail.cc, ...mail.bcc].map(({ address }) => address);
      await busy();
      const results = asked.map((address) => ({ address, error: answer(address) }));
      const accepted = results.flatMap(({ address, error }) => (error === undefined ? [address] : []));
      const rejected = results.flatMap(({ address, error }) => (error === undefined ? [] : [{ address, error }]));
      const [first] = rejected;
      if (accepted.length > 0 || first === undefined) return { status: "sent", accepted, rejected };
      throw rejected.find(({ error }) => error.delivery === "unknown")?.error ?? first.error;
    },
    ...(batch && {
      async sendBatch({ recipients }): Promise<readonly BatchOutcome[]> {
        await busy();
        return recipients.map(({ id, to: { address } }) => {
          const error = answer(address);
          if (error !== undefined) return { id, ok: false, error };
          return { id, ok: true, receipt: { status: "sent", accepted: [address], rejected: [] } };
        });
      },
    }),
  };
}

type Build = (world: World) => Transport;
const options = { backoff: { initialMs: 0 } };
const { tree } = fc.letrec<{ tree: Build }>((tie) => {
  const inner = tie("tree");
  const members = fc.array(inner, { minLength: 1, maxLength: 3 });
  const wrapped = (wrap: (transport: Transport) => Transport): fc.Arbitrary<Build> =>
    inner.map((build) => (world: World) => wrap(build(world)));
  return {
    tree: fc.oneof(
      { maxDepth: 4, withCrossShrink: true },
      fc.record({ name: fc.constantFrom("a", "b", "c"), batch: fc.boolean(), envelope: fc.boolean() }).map(
        ({ name, ...kind }): Build =>
          (world) =>
            leaf(world, name, kind),
      ),
      wrapped((transport) => retry(transport, options)),
      wrapped((transport) => rateLimit(transport, { max: 1_000 })),
      wrapped((transport) => rateLimit(transport, { max: 2, perMs: 5, maxWaitMs: 0, by: "recipient" })),
      wrapped((transport) => circuitBreaker(transport, { failures: 2, resetMs: 1 })),
      wrapped((transport) => once(transport, { store: memoryStore() })),
      members.map(
        (builds): Build =>
          (world) =>
            failover(
              builds.map((build) => build(world)),
              { cooldownMs: 0 },
            ),
      ),
      members.map(
        (builds): Build =>
          (world) =>
            roundRobin(builds.map((build) => build(world))),
      ),
    ),
  };
});
const answers = fc.infiniteStream(
  fc.oneof(
    { weight: 3, arbitrary: fc.constant<Answer>("ok") },
    fc.constantFrom<Answer>("down", "refused", "later", "login"),
    fc.constantFrom<Answer>("lost", "doubtful"),
  ),
);
const people = ["ada", "bob", "cy"].map((name) => `${name}@example.com`);
const template = { from: "hello@acme.example", subject: "Hi", text: "Hello" };

function worldOf(stream: Iterator<Answer>, turns: Iterator<number>): World {
  return { taken: new Map(), calls: 0, next: () => stream.next().value, turns: () => turns.next().value };
}

/** What the app was told of each address: that it has the mail, surely not, or that nobody knows. */
function toldOf(
  result: Receipt | MailError,
  addresses: readonly string[],
): ReadonlyMap<string, "sent" | "not_sent" | "unknown"> {
  if (MailError.is(result)) return new Map(addresses.map((address) => [address, result.delivery]));
  const rejected = result.rejected.map(({ address, error }) => [address, error.delivery] as const);
  return new Map([...rejected, ...result.accepted.map((address) => [address, "sent"] as const)]);
}

function expectTrue(world: World, told: ReadonlyMap<string, string>, addresses: readonly string[]): void {
  for (const address of addresses) {
    const times = world.taken.get(address) ?? 0;
    expect(times, `${address} got the mail so often`).toBeLessThanOrEqual(1);
    const outcome = told.get(address);
    expect(outcome, `${address} has an outcome`).toBeDefined();
    if (outcome === "sent") expect(times).toBe(1);
    if (outcome === "not_sent") expect(times).toBe(0);
  }
}

const runs = 300;
const turns = fc.infiniteStream(fc.nat({ max: 5 }));
const abortAfter = fc.option(fc.nat({ max: 60 }));

function abortedAfter(count: number | null): AbortSignal {
  const controller = new AbortController();
  const tick = (left: number): void => queueMicrotask(() => (left <= 0 ? controller.abort() : tick(left - 1)));
  if (count !== null) tick(count);
  return controller.signal;
}

type Check = (transport: Transport, world: World, abort: () => AbortSignal, withKey: boolean) => Promise<void>;

/** Runs a check over composites that nest in any way, on servers that answer anything, with sends that may be aborted. */
async function inAnyWorld(check: Check): Promise<void> {
  const property = fc.asyncProperty(
    tree,
    answers,
    turns,
    abortAfter,
    fc.boolean(),
    async (build, stream, busy, count, withKey) => {
      const world = worldOf(stream, busy);
      await check(build(world), world, () => abortedAfter(count), withKey);
    },
  );
  await fc.assert(property, { numRuns: runs });
}

test("however composites nest, nobody gets a mail twice and the app is told the truth of each recipient", async () => {
  await inAnyWorld(async (transport, world, abort, withKey) => {
    const mailer = createMailer({ transport });
    const message = {
      ...template,
      to: people[0] as string,
      cc: people.slice(1),
      ...(withKey && { idempotencyKey: "k" }),
    };
    const sending = mailer.send(message, { signal: abort() });
    const result = await sending.catch((error: MailError) => error);
    expectTrue(world, toldOf(result, people), people);
    expect(result.attempts.filter(({ passedOver }) => !passedOver)).toHaveLength(world.calls);
  });
});

test("however composites nest, a mail merge reaches nobody twice and has one true outcome for each", async () => {
  await inAnyWorld(async (transport, world, abort, withKey) => {
    const recipients = people.map((to) => ({ to, ...(withKey && { idempotencyKey: to }) }));
    const outcomes: SendOutcome[] = [];
    const run = createMailer({ transport }).sendBulk(template, recipients, { signal: abort() });
    try {
      for await (const outcome of run) outcomes.push(outcome);
    } catch (error) {
      expect(error).toMatchObject({ delivery: "not_sent" });
    }
    const pulled = outcomes.map(({ index }) => people[index] as string);
    expect(new Set(pulled).size).toBe(outcomes.length);
    const told = outcomes.flatMap((outcome) => {
      const result = outcome.ok ? outcome.receipt : outcome.error;
      return [...toldOf(result, [people[outcome.index] as string])];
    });
    expectTrue(world, new Map(told), pulled);
    for (const address of world.taken.keys()) expect(pulled).toContain(address);
  });
});

test("however composites nest in once, duplicates at the same time and later send nothing twice", async () => {
  await inAnyWorld(async (transport, world, abort) => {
    const mailer = createMailer({ transport: retry(once(transport), options) });
    const message = { ...template, to: people, idempotencyKey: "k" };
    const send = (signal?: AbortSignal) => mailer.send(message, { signal }).catch((error: MailError) => error);
    const results = await Promise.all([send(abort()), send(), send()]);
    results.push(await send());
    for (const result of results) {
      const told = toldOf(result, people);
      for (const address of people) {
        expect(world.taken.get(address) ?? 0).toBeLessThanOrEqual(1);
        if (told.get(address) === "sent") expect(world.taken.get(address)).toBe(1);
      }
    }
  });
});
