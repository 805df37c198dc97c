/**
 * Events added per second, in batches of 500 of which 30 % come again, beside a bare insert of the same rows into a table
 * of the same database with nothing but its key, and how long counts take among a month of 1,000,000 events; medians of
 * interleaved rounds. Needs PostgreSQL (`DATABASE_URL`); run it by
 * `npx node --conditions=@mail/source test/bench/tracking-store.ts`, with a number for fewer events.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { MailEvent, MailEventType, TrackedMail, TrackingStore } from "@mail/core";
import { postgresStore } from "@mail/store/postgres";
import { sqliteStore } from "@mail/store/sqlite";
import { Pool } from "pg";

const batchSize = 500;
const duplicates = 0.3;
const batchesPerRound = 20;
const rounds = 7;
const month = 30 * 86_400_000;
const total = Number(process.argv[2] ?? 1_000_000);
const begin = Date.UTC(2030, 0, 1);

const types: readonly MailEventType[] = ["sent", "delivered", "opened", "delivered", "clicked", "delivered", "bounced"];
const transports = ["ses", "sendgrid", "smtp"];
const tags = ["news", "receipt", "alert", "welcome"];
const domains = ["gmail.com", "yahoo.com", "outlook.com"];

const mailId = (n: number): string => `01890000-0000-7000-8000-${String(n).padStart(12, "0")}`;
const domainOf = (n: number): string => (n % 4 === 0 ? `d${(n * 7_919) % 5_000}.example` : (domains[n % 3] ?? ""));
const addressOf = (n: number): string => `user${n}@${domainOf(n)}`;

/** Two or three events for each mail; the raw ones are as long as those of providers. */
function eventNo(n: number): MailEvent {
  const mail = Math.floor(n / 2.5);
  const id = `${(n * 2_654_435_761) % 4_294_967_296}-${n}`;
  const type = types[n % types.length] ?? "sent";
  const at = new Date(begin + Math.floor((n / Math.max(total, n + 1)) * month));
  const raw = {
    event: type,
    sg_event_id: id,
    email: addressOf(mail),
    timestamp: at.getTime(),
    ip: "192.0.2.1",
    smtp: "x".repeat(300),
  };
  const names = { mailId: mailId(mail), providerId: `p${mail}`, recipient: addressOf(mail) };
  return { id, type, at, provider: "sendgrid", ...names, tags: [], metadata: {}, raw };
}

function mailNo(n: number): TrackedMail {
  const tag = tags[n % 4] ?? "";
  const transport = transports[n % 3] ?? "";
  return {
    id: mailId(n),
    at: begin,
    transport,
    recipients: [addressOf(n)],
    tags: [tag],
    metadata: {},
    providerId: `p${n}`,
  };
}

/** New events from `first` on, and before each batch's end some of those that went before. */
function batchFrom(first: number): readonly MailEvent[] {
  const isNew = batchSize * (1 - duplicates);
  return Array.from({ length: batchSize }, (_, m) =>
    eventNo(m < isNew ? first + m : Math.max(0, first - (m - isNew) * 3)),
  );
}

interface Subject {
  readonly tracking: TrackingStore;
  bare(events: readonly MailEvent[]): Promise<unknown> | unknown;
}

const bareRow = (event: MailEvent): readonly unknown[] => [
  `${event.provider}:${event.id}`,
  event.type,
  event.at.getTime(),
  event.mailId,
  event.recipient,
  JSON.stringify(event),
];

const samples = new Map<string, number[]>();

function note(what: string, value: number): void {
  const list = samples.get(what) ?? [];
  samples.set(what, list);
  list.push(value);
}

const median = (list: readonly number[]): number => list.toSorted((a, b) => a - b)[Math.floor(list.length / 2)] ?? 0;

/** @returns events per second */
async function speed(
  batches: readonly (readonly MailEvent[])[],
  add: (events: readonly MailEvent[]) => unknown,
): Promise<number> {
  const start = performance.now();
  for (const batch of batches) await add(batch);
  return ((batches.length * batchSize) / (performance.now() - start)) * 1_000;
}

const folder = mkdtempSync(join(import.meta.dirname, "store-"));
const schema = `mail_bench_${process.pid}`;
const url = process.env["DATABASE_URL"] ?? "postgres://postgres@127.0.0.1:5432/test";
const stores = {
  sqlite: sqliteStore({ file: join(folder, "mail.db"), timeoutMs: 60_000 }),
  postgres: postgresStore({ url, schema, timeoutMs: 60_000 }),
};
const bareFile = new DatabaseSync(join(folder, "bare.db"));
bareFile.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; CREATE TABLE bare (key TEXT PRIMARY KEY,
  type TEXT NOT NULL, at INTEGER NOT NULL, mail TEXT, recipient TEXT, record TEXT NOT NULL) STRICT`);
const rowMarks = Array.from({ length: batchSize }, () => "(?, ?, ?, ?, ?, ?)").join();
const bareInsert = bareFile.prepare(`INSERT INTO bare VALUES ${rowMarks} ON CONFLICT DO NOTHING`);
const pool = new Pool({ connectionString: url });
await pool.query(`CREATE SCHEMA ${schema}; CREATE TABLE ${schema}.bare (key text PRIMARY KEY, type text NOT NULL,
  at bigint NOT NULL, mail text, recipient text, record text NOT NULL)`);
const subjects: Readonly<Record<string, Subject>> = {
  sqlite: {
    tracking: stores.sqlite.tracking,
    bare: (events) => bareInsert.run(...(events.flatMap(bareRow) as string[])),
  },
  postgres: {
    tracking: stores.postgres.tracking,
    bare: (events) => {
      const rows = events.map(bareRow);
      const columns = [0, 1, 2, 3, 4, 5].map((column) => rows.map((row) => row[column]));
      const statement = `INSERT INTO ${schema}.bare SELECT * FROM
        unnest($1::text[], $2::text[], $3::bigint[], $4::text[], $5::text[], $6::text[]) ON CONFLICT DO NOTHING`;
      return pool.query(statement, columns);
    },
  },
};

try {
  const perBatch = batchSize * (1 - duplicates);
  const perRound = perBatch * batchesPerRound;
  for (let round = 0; round <= rounds; round++) {
    const first = round * perRound;
    const batches = Array.from({ length: batchesPerRound }, (_, n) => batchFrom(first + n * perBatch));
    const mails = Array.from({ length: perRound / 2.5 + 1 }, (_, n) => mailNo(Math.floor(first / 2.5) + n));
    for (const [name, { tracking, bare }] of Object.entries(subjects)) {
      const mailSpeed = performance.now();
      await tracking.recordMails(mails);
      const mailsPerSecond = (mails.length / (performance.now() - mailSpeed)) * 1_000;
      const [own, plain] =
        round % 2 === 0
          ? [await speed(batches, (batch) => tracking.addEvents(batch)), await speed(batches, bare)]
          : [await speed(batches, bare), await speed(batches, (batch) => tracking.addEvents(batch))].toReversed();
      if (round === 0) continue;
      note(`${name} | events per second`, own ?? 0);
      note(`${name} | rows per second, bare`, plain ?? 0);
      note(`${name} | share of bare, %`, ((own ?? 0) / (plain ?? 1)) * 100);
      note(`${name} | mails recorded per second, all in one call`, mailsPerSecond);
    }
  }
  const added = (rounds + 1) * perRound;
  for (const { tracking } of Object.values(subjects)) {
    for (let first = added; first < total; first += 2_000) {
      const events = Array.from({ length: Math.min(2_000, total - first) }, (_, n) => eventNo(first + n));
      await tracking.recordMails(Array.from({ length: 801 }, (_, n) => mailNo(Math.floor(first / 2.5) + n)));
      await tracking.addEvents(events);
    }
  }
  for (let round = 0; round < 5; round++) {
    const later = Array.from({ length: 5 }, (_, n) => batchFrom(total + (round * 5 + n) * perBatch));
    for (const [name, { tracking }] of Object.entries(subjects))
      note(`${name} | events per second among ${total}`, await speed(later, (batch) => tracking.addEvents(batch)));
    for (const [name, { tracking }] of Object.entries(subjects)) {
      for (const by of [undefined, "transport", "tag", "domain", "day"] as const) {
        const start = performance.now();
        await tracking.counts({ since: begin + 1, until: begin + month, ...(by !== undefined && { by }) });
        note(`${name} | counts by ${by ?? "nothing"}, ms`, performance.now() - start);
      }
      const start = performance.now();
      await tracking.recent({ type: "bounced", limit: 50 });
      note(`${name} | recent of a type, ms`, performance.now() - start);
      const pruned = performance.now();
      await tracking.prune(begin + 1, 1_000);
      note(`${name} | prune of 1,000, ms`, performance.now() - pruned);
    }
  }
} finally {
  for (const store of Object.values(stores)) await store.close();
  bareFile.close();
  rmSync(folder, { recursive: true });
  await pool.query(`DROP SCHEMA ${schema} CASCADE`);
  await pool.end();
}

console.log("| store | what | median | min–max |\n| --- | --- | --- | --- |");
for (const [row, list] of samples) {
  const shown = (value: number): string => value.toFixed(value < 100 ? 1 : 0);
  console.log(`| ${row} | ${shown(median(list))} | ${shown(Math.min(...list))}–${shown(Math.max(...list))} |`);
}
