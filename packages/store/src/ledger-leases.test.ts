import { Redis } from "ioredis";
import { Client } from "pg";
import { describe, expect, test } from "vitest";
import {
  changeOne,
  entry,
  findOne,
  minute,
  queue,
  settling,
  taking,
  takingOver,
} from "./conformance/ledger-subject.ts";
import type { Place } from "./open-place.fixture.ts";
import { type PlacedSubject, postgresSubject, redisSubject, sqliteSubject } from "./subjects.fixture.ts";
import { postgresUrl, redisUrl, whyNoServer } from "./test-servers.fixture.ts";

/** Puts the end of all leases an hour ahead, as if the clock had been put back by so much. */
async function setBack(place: Place): Promise<void> {
  if (place.kind === "sqlite") {
    const { DatabaseSync } = await import("node:sqlite");
    const database = new DatabaseSync(place.options.file);
    database.exec("UPDATE ledger SET leased_until = leased_until + 3600000");
    database.close();
  } else if (place.kind === "postgres") {
    const client = new Client(postgresUrl);
    await client.connect();
    await client.query(`UPDATE ${place.options.schema}.ledger SET leased_until = leased_until + 3600000`);
    await client.end();
  } else {
    const client = new Redis(redisUrl);
    for (const key of await client.keys(`${place.options.prefix}*}:e:*`))
      await client.hincrby(key, "leasedUntil", 3_600_000);
    client.disconnect();
  }
}

describe.each([
  ["SQLite", sqliteSubject, undefined],
  ["Redis", redisSubject, await whyNoServer("Redis", redisUrl, "redis")],
  ["PostgreSQL", postgresSubject, await whyNoServer("PostgreSQL", postgresUrl, "postgres")],
] as const)("a lease in %s that was given before the clock was put back", (_, setup, skip) => {
  async function withLedger(run: (subject: PlacedSubject) => Promise<void>): Promise<void> {
    const subject = setup();
    try {
      await run(subject);
    } finally {
      await subject.close();
    }
  }

  test.skipIf(skip)("does not last until the clock has come back", async () => {
    await withLedger(async ({ open, place }) => {
      const store = open();
      await store.ledger.add(queue, [entry("a")]);
      await changeOne(store.ledger, taking("a", "one"));
      expect(await changeOne(store.ledger, takingOver("a", "two"))).toBeUndefined();
      await setBack(place);
      expect(await changeOne(store.ledger, takingOver("a", "two"))).toMatchObject({ owner: "two", tries: 2 });
      await store.close();
    });
  });

  test.skipIf(skip)("is one by the new clock once its owner renews it, who can settle in any case", async () => {
    await withLedger(async ({ open, place }) => {
      const store = open();
      await store.ledger.add(queue, [entry("a"), entry("b")]);
      await store.ledger.change(queue, [taking("a", "one"), taking("b", "one")]);
      await setBack(place);
      await store.ledger.renew(queue, ["a"], "one", minute);
      expect(await changeOne(store.ledger, takingOver("a", "two"))).toBeUndefined();
      const found = await findOne(store.ledger, "a");
      expect(found?.leasedUntil).toBeLessThan((found?.changedAt ?? 0) + 10 * minute);
      expect(await changeOne(store.ledger, settling("b", "one", { state: "sent" }))).toMatchObject({ state: "sent" });
      await store.close();
    });
  });
});
