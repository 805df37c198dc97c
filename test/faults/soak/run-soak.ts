import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { createMailer, failover, type MailError, type Message, rateLimit, retry, type SendOutcome } from "@mail/core";
import { sendgrid } from "@mail/sendgrid";
import { smtp } from "@mail/smtp";
import { seededRandom } from "../../seeded-random.ts";
import { type Mood, MoodyServer } from "./moody-server.ts";

export interface SoakOptions {
  readonly mails: number;
  readonly seed: number;
  readonly onProgress?: (done: number) => void;
}

/** What came of it; every number but the first four counts mails. */
export interface SoakReport {
  readonly durationMs: number;
  /** Bytes in use after the garbage was collected: after a tenth of the mails, and at the end. */
  readonly heapEarly: number;
  readonly heapLate: number;
  readonly phases: ReadonlyMap<Mood, number>;
  readonly sentAtOnce: number;
  readonly sentLater: number;
  /** Told `unknown`, and the mail has in truth not arrived, or has. */
  readonly unknownAbsent: number;
  readonly unknownArrived: number;
  readonly notSent: number;
  /** Told sent, and it is not there. */
  readonly lost: number;
  /** Told `not_sent`, and it is there. */
  readonly toldWrongly: number;
  readonly doubled: number;
}

const concurrency = 50;
const rate = { max: 100, perMs: 50 };

/** Sends many mails through a failover behind a rate limit while its two servers have moods. */
export async function runSoak({ mails, seed, onProgress }: SoakOptions): Promise<SoakReport> {
  const servers = [
    await MoodyServer.start("smtp", "127.0.0.3", seededRandom(seed)),
    await MoodyServer.start("sendgrid", "127.0.0.4", seededRandom(seed + 1)),
  ] as const;
  const [a, b] = servers;
  const baseUrl = `http://${b.place.host}:${b.place.port}`;
  const group = failover(
    [
      smtp({ label: "a", ...a.place, starttls: "opportunistic", connectionTimeout: 5_000, socketTimeout: 5_000 }),
      sendgrid({ label: "b", apiKey: "SG.s3cret", baseUrl, timeoutMs: 5_000 }),
    ],
    { cooldownMs: 100 },
  );
  const patient = { attempts: 20, backoff: { initialMs: 20, maxMs: 200 } };
  const mailer = createMailer({ transport: retry(rateLimit(group, rate), patient) });

  const copies = new Uint8Array(mails);
  const told = new Map<number, SendOutcome["ok"] | MailError["delivery"]>();
  const count = (): void => {
    for (const { accepted, recipients } of servers.flatMap((server) => server.takeMails())) {
      const index = Number(/\d+/.exec(recipients[0] ?? "")?.[0]);
      if (accepted) copies[index] = (copies[index] ?? 0) + 1;
    }
  };

  const start = performance.now();
  let sentAtOnce = 0;
  let heapEarly = 0;
  for (const server of servers) server.beginMoods();
  for await (const outcome of mailer.sendMany(messages(mails), { concurrency })) {
    told.set(outcome.index, outcome.ok || outcome.error.delivery);
    if (outcome.ok && outcome.receipt.attempts.length === 1) sentAtOnce++;
    count();
    onProgress?.(told.size);
    if (told.size === Math.ceil(mails / 10)) heapEarly = usedHeap();
  }
  const durationMs = performance.now() - start;
  const heapLate = usedHeap();
  await Promise.all(servers.map((server) => server.endMoods()));
  await mailer.close();
  await Promise.all(servers.map((server) => server.allClosed()));
  count();
  await Promise.all(servers.map((server) => server.stop()));

  const those = (answer: boolean | MailError["delivery"], fits: (count: number) => boolean): number =>
    copies.reduce((sum, number, index) => sum + Number(told.get(index) === answer && fits(number)), 0);
  return {
    durationMs,
    heapEarly,
    heapLate,
    phases: phasesOf(servers),
    sentAtOnce,
    sentLater: those(true, () => true) - sentAtOnce,
    unknownAbsent: those("unknown", (number) => number === 0),
    unknownArrived: those("unknown", (number) => number > 0),
    notSent: those("not_sent", () => true),
    lost: those(true, (number) => number === 0),
    toldWrongly: those("not_sent", (number) => number > 0),
    doubled: copies.filter((number) => number > 1).length,
  };
}

function* messages(count: number): Generator<Message> {
  for (let index = 0; index < count; index++) {
    yield { from: "hello@acme.example", to: `mail-${index}@example.com`, subject: `Mail ${index}`, text: "Hello" };
  }
}

function phasesOf(servers: readonly MoodyServer[]): ReadonlyMap<Mood, number> {
  const all = new Map<Mood, number>();
  for (const [mood, count] of servers.flatMap(({ phases }) => [...phases])) all.set(mood, (all.get(mood) ?? 0) + count);
  return all;
}

function usedHeap(): number {
  setFlagsFromString("--expose-gc");
  runInNewContext("gc")();
  return process.memoryUsage().heapUsed;
}
