import type { Store } from "@mail/core";
import { type PostgresStoreOptions, postgresStore } from "./postgres/index.ts";
import { type RedisStoreOptions, redisStore } from "./redis/index.ts";
import { type SqliteStoreOptions, sqliteStore } from "./sqlite/index.ts";

/** Where a state is, as another process can be told. */
export type Place =
  | { readonly kind: "sqlite"; readonly options: SqliteStoreOptions }
  | { readonly kind: "redis"; readonly options: RedisStoreOptions }
  | { readonly kind: "postgres"; readonly options: PostgresStoreOptions };

export function openPlace(place: Place): Store {
  if (place.kind === "sqlite") return sqliteStore(place.options);
  return place.kind === "redis" ? redisStore(place.options) : postgresStore(place.options);
}
