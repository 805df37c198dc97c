import { randomUUID } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { connect } from "node:net";
import { join } from "node:path";
import type { Store } from "@mail/core";
import { postgresStore } from "@mail/store/postgres";
import { sqliteStore } from "@mail/store/sqlite";
import { Client } from "pg";

export type StoreKind = "sqlite" | "postgres";

/** Where a store is, in words that another process can be told. */
export type StorePlace =
  | { readonly kind: "sqlite"; readonly file: string }
  | { readonly kind: "postgres"; readonly url: string; readonly schema: string };

const postgresUrl =
  process.env["DATABASE_URL"] ?? process.env["POSTGRES_URL"] ?? "postgres://postgres@127.0.0.1:5432/test";

export function openStore(place: StorePlace): Store {
  const timeoutMs = 60_000;
  if (place.kind === "sqlite") return sqliteStore({ file: place.file, timeoutMs });
  return postgresStore({ url: place.url, schema: place.schema, timeoutMs });
}

/** A place for a new store, gone when disposed. */
export async function openPlace(kind: StoreKind): Promise<{ readonly place: StorePlace } & AsyncDisposable> {
  if (kind === "sqlite") {
    // Beside this file, as /tmp may be memory.
    const folder = await mkdtemp(join(import.meta.dirname, "store-"));
    return {
      place: { kind, file: join(folder, "mail.db") },
      [Symbol.asyncDispose]: () => rm(folder, { recursive: true }),
    };
  }
  const schema = `mail_test_${randomUUID().replaceAll("-", "")}`;
  return {
    place: { kind, url: postgresUrl, schema },
    async [Symbol.asyncDispose]() {
      const client = new Client(postgresUrl);
      await client.connect();
      await client.query(`DROP SCHEMA IF EXISTS ${schema} CASCADE`);
      await client.end();
    },
  };
}

/** Why there is no place for a store of this kind. */
export async function whyNoPlace(kind: StoreKind): Promise<string | undefined> {
  if (kind === "sqlite") return undefined;
  const { hostname, port } = new URL(postgresUrl);
  const socket = connect({ host: hostname, port: Number(port) || 5432 });
  const reached = await new Promise<boolean>((resolve) => {
    socket.once("connect", () => resolve(true)).once("error", () => resolve(false));
    socket.setTimeout(15_000, () => resolve(false));
  });
  socket.destroy();
  return reached ? undefined : `PostgreSQL does not answer at ${hostname}: run "docker compose up -d postgres"`;
}
