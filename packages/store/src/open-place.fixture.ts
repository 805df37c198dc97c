import type { Store } from "@mail/core";
import { postgresStore } from "./postgres/index.ts";
import { redisStore } from "./redis/index.ts";
import { type SqliteStoreOptions, sqliteStore } from "./sqlite/index.ts";

/** Where a state is, as another process can be told. */
export type Place =
  | { readonly kind: "sqlite"; readonly options: SqliteStoreOptions }
  | { readonly kind: "redis"; readonly options: { readonly url: string; readonly prefix: string } }
  | { readonly kind: "postgres"; readonly options: { readonly url: string; readonly schema: string } };

export function openPlace(place: Place): Store {
  if (place.kind === "sqlite") return sqliteStore(place.options);
  return place.kind === "redis" ? redisStore(place.options) : postgresStore(place.options);
}
