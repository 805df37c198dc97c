import { claimsMigration } from "./postgres-claims-migration.ts";
import { eventsMigration } from "./postgres-events-migration.ts";
import { ledgerMigration } from "./postgres-ledger-migration.ts";
import { limitsMigration } from "./postgres-limits-migration.ts";
import { mailsMigration } from "./postgres-mails-migration.ts";
import { suppressionsMigration } from "./postgres-suppressions-migration.ts";
import { trackingMigration } from "./postgres-tracking-migration.ts";

export interface PostgresMigration {
  readonly name: string;
  /** @param schema quoted */
  readonly statements: (schema: string) => string;
}

/** What makes each version of the schema from the one before. Never change one: add another. */
export const postgresMigrations: readonly PostgresMigration[] = [
  { name: "claims", statements: claimsMigration },
  { name: "limits", statements: limitsMigration },
  { name: "ledger", statements: ledgerMigration },
  { name: "suppressions", statements: suppressionsMigration },
  { name: "tracking", statements: trackingMigration },
  { name: "tracked events", statements: eventsMigration },
  { name: "tracked mails", statements: mailsMigration },
];
