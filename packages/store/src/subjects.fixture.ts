import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Redis } from "ioredis";
import { Client } from "pg";
import type { StoreSubject } from "./conformance/index.ts";
import { openPlace, type Place } from "./open-place.fixture.ts";
import { postgresUrl, redisUrl, uniqueName } from "./test-servers.fixture.ts";

/** Long, so that no call fails where the machine is busy. */
const timeoutMs = 20_000;

export interface PlacedSubject extends StoreSubject {
  readonly place: Place;
}

export function sqliteSubject(): PlacedSubject {
  const folder = mkdtempSync(join(tmpdir(), "mail-store-"));
  const place = { kind: "sqlite", options: { file: join(folder, "mail.db"), timeoutMs } } as const;
  return { place, open: () => openPlace(place), close: () => rmSync(folder, { recursive: true }) };
}

export function redisSubject(): PlacedSubject {
  const prefix = `${uniqueName()}:`;
  const place = { kind: "redis", options: { url: redisUrl, prefix, timeoutMs } } as const;
  return {
    place,
    noTracking: true,
    open: () => openPlace(place),
    async close() {
      const client = new Redis(redisUrl);
      const keys = await client.keys(`${prefix}*`);
      if (keys.length > 0) await client.del(keys);
      client.disconnect();
    },
  };
}

export function postgresSubject(): PlacedSubject {
  const schema = uniqueName();
  const place = { kind: "postgres", options: { url: postgresUrl, schema, timeoutMs } } as const;
  return {
    place,
    open: () => openPlace(place),
    close: () => dropSchema(schema),
  };
}

export async function dropSchema(schema: string): Promise<void> {
  const client = new Client(postgresUrl);
  await client.connect();
  await client.query(`DROP SCHEMA IF EXISTS ${schema} CASCADE`);
  await client.end();
}
