import type { TrackedMail } from "@mail/core";
import { type EventRow, mailIn } from "../tracking-row.ts";
import type { SqliteTransaction } from "./sqlite-database.ts";

type Names = Pick<EventRow, "ownMail" | "standIn" | "providerName" | "messageName" | "recipientKey">;

/** Finds events' mails within one transaction. */
export class SqliteMailLookup {
  readonly #transaction: SqliteTransaction;
  readonly #mails = new Map<string, TrackedMail | undefined>();

  constructor(transaction: SqliteTransaction) {
    this.#transaction = transaction;
  }

  find(key: string): TrackedMail | undefined {
    if (this.#mails.has(key)) return this.#mails.get(key);
    const row = this.#transaction.get("SELECT record FROM tracked_mails WHERE key = :key", { key });
    const mail = mailIn(row?.["record"]);
    this.#mails.set(key, mail);
    return mail;
  }

  /** Under which an event is kept. */
  keyFor({ ownMail, standIn, providerName, messageName, recipientKey }: Names): string {
    return (
      ownMail ?? this.#named(providerName, recipientKey) ?? this.#named(messageName, recipientKey) ?? standIn ?? ""
    );
  }

  /** The only mail with this name and recipient, or with this name. */
  #named(name: string | null, recipientKey: string | null): string | undefined {
    if (name === null) return undefined;
    const select = "SELECT min(mail) AS first, max(mail) AS last FROM mail_names WHERE name = :name";
    const having =
      recipientKey === null
        ? undefined
        : this.#transaction.get(`${select} AND recipient_key = :recipientKey`, { name, recipientKey });
    const { first, last } = having?.["first"] ? having : (this.#transaction.get(select, { name }) ?? {});
    return typeof first === "string" && first === last ? first : undefined;
  }
}
