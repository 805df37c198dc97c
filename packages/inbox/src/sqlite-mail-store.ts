import type { DatabaseSync, SQLInputValue } from "node:sqlite";
import type { CaughtMail } from "./caught-mail.ts";
import type { MailPage, MailQuery, MailStore } from "./mail-store.ts";
import { parseSearch, searchFields } from "./search.ts";
import { searchClause } from "./search-clause.ts";
import { openMailDatabase } from "./sqlite-mail-schema.ts";
import { bytesOf, defaultLimits, defaultPageSize, type StoreLimits, summaryOf } from "./stored-mail.ts";

/**
 * Keeps mails in an SQLite file, which is made if it is not there. What was stored is there again after a restart or
 * the sudden end of the process.
 * @throws MailError `configuration` when the file cannot be opened or belongs to something else
 */
export async function sqliteMailStore(file: string, limits: StoreLimits = {}): Promise<MailStore> {
  return storeIn(await openMailDatabase(file), limits);
}

function storeIn(database: DatabaseSync, limits: StoreLimits): MailStore {
  const { maxMails = defaultLimits.maxMails, maxBytes = defaultLimits.maxBytes } = limits;
  const statements = statementsOn(database);
  const totals = (): { count: number; bytes: number } => {
    const { count, bytes } = statements.totals.get() ?? {};
    return { count: Number(count), bytes: Number(bytes) };
  };
  let { count, bytes } = totals();

  function evict(): readonly string[] {
    const evicted: string[] = [];
    for (const row of count > maxMails || bytes > maxBytes ? statements.oldestFirst.iterate() : []) {
      if (count <= 1 || (count <= maxMails && bytes <= maxBytes)) break;
      evicted.push(String(row["id"]));
      count--;
      bytes -= Number(row["bytes"]);
    }
    for (const id of evicted) statements.delete.run(id);
    return evicted;
  }

  function inTransaction<T>(work: () => T): T {
    database.exec("BEGIN IMMEDIATE");
    try {
      const result = work();
      database.exec("COMMIT");
      return result;
    } catch (thrown) {
      if (database.isTransaction) database.exec("ROLLBACK");
      ({ count, bytes } = totals());
      throw thrown;
    }
  }

  return {
    add: (mail, source) =>
      inTransaction(() => {
        const fields = searchFields(mail);
        const size = bytesOf(mail, source, fields.text);
        const { unread: _unread, ...summary } = summaryOf(mail);
        const { text, html, dialogue, request } = mail;
        const flags = [mail.unread ? 1 : 0, fields.at, size, fields.attachment ? 1 : 0];
        statements.addMail.run(mail.id, mail.inbox, ...flags, JSON.stringify(summary));
        statements.addTexts.run(mail.id, fields.from, fields.to, fields.subject, fields.tags, fields.text);
        statements.addContent.run(mail.id, JSON.stringify({ text, html, dialogue, request }), source);
        count++;
        bytes += size;
        return evict();
      }),
    get(id) {
      const row = statements.get.get(id);
      return row && mailOf(row);
    },
    source(id) {
      const source = statements.source.get(id)?.["source"];
      return source instanceof Uint8Array ? source : undefined;
    },
    list: (query) => pageOf(database, query),
    inboxes: () =>
      statements.inboxes.all().map(({ name, total, unread }) => ({
        name: String(name),
        total: Number(total),
        unread: Number(unread),
      })),
    markRead: (id, unread) => statements.markRead.run(unread ? 1 : 0, id).changes > 0,
    delete(id) {
      const deleted = statements.delete.run(id).changes > 0;
      if (deleted) ({ count, bytes } = totals());
      return deleted;
    },
    clear(inbox) {
      if (inbox === undefined) statements.clear.run();
      else statements.clearInbox.run(inbox);
      ({ count, bytes } = totals());
    },
    close() {
      if (database.isOpen) database.close();
    },
  };
}

function statementsOn(database: DatabaseSync) {
  const prepare = (sql: string) => database.prepare(sql);
  return {
    addMail: prepare("INSERT INTO mails VALUES (?, ?, ?, ?, ?, ?, ?)"),
    addTexts: prepare("INSERT INTO search_texts VALUES (?, ?, ?, ?, ?, ?)"),
    addContent: prepare("INSERT INTO contents VALUES (?, ?, ?)"),
    get: prepare("SELECT summary, unread, bodies FROM mails JOIN contents USING (id) WHERE id = ?"),
    source: prepare("SELECT source FROM contents WHERE id = ?"),
    inboxes: prepare(
      "SELECT inbox AS name, count(*) AS total, sum(unread) AS unread FROM mails GROUP BY inbox ORDER BY inbox",
    ),
    totals: prepare("SELECT count(*) AS count, coalesce(sum(bytes), 0) AS bytes FROM mails"),
    oldestFirst: prepare("SELECT id, bytes FROM mails ORDER BY id"),
    markRead: prepare("UPDATE mails SET unread = ? WHERE id = ?"),
    delete: prepare("DELETE FROM mails WHERE id = ?"),
    clear: prepare("DELETE FROM mails"),
    clearInbox: prepare("DELETE FROM mails WHERE inbox = ?"),
  };
}

function pageOf(database: DatabaseSync, query: MailQuery): MailPage {
  const { inbox, search = "", limit = defaultPageSize, before } = query;
  const conditions = parseSearch(search);
  const { where, values } = searchClause(conditions, inbox);
  const from = conditions.length === 0 ? "mails" : "mails JOIN search_texts USING (id)";
  const counts = database
    .prepare(`SELECT count(*) AS total, coalesce(sum(unread), 0) AS unread FROM ${from} WHERE ${where}`)
    .get(...values);
  const paged = before === undefined ? where : `${where} AND id < ?`;
  const rows = database
    .prepare(`SELECT summary, unread FROM ${from} WHERE ${paged} ORDER BY id DESC LIMIT ?`)
    .all(...values, ...(before === undefined ? [] : [before]), Number.isFinite(limit) ? limit : -1);
  return { mails: rows.map(mailOf), total: Number(counts?.["total"]), unread: Number(counts?.["unread"]) };
}

function mailOf({ summary, unread, bodies = "{}" }: Readonly<Record<string, SQLInputValue>>): CaughtMail {
  const mail: CaughtMail & { readonly sendAt?: string } = JSON.parse(String(summary));
  return {
    ...mail,
    ...JSON.parse(String(bodies)),
    unread: unread === 1,
    receivedAt: new Date(mail.receivedAt),
    ...(mail.sendAt !== undefined && { sendAt: new Date(mail.sendAt) }),
  };
}
