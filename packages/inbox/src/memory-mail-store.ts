import type { CaughtMail } from "./caught-mail.ts";
import { type Link, MailChain } from "./mail-chain.ts";
import type { MailPage, MailQuery, MailStore } from "./mail-store.ts";
import { matches, parseSearch, type SearchFields, searchFields } from "./search.ts";
import { bytesOf, defaultLimits, defaultPageSize, type StoreLimits, summaryOf } from "./stored-mail.ts";

interface Entry {
  mail: CaughtMail;
  readonly source: Uint8Array;
  readonly fields: SearchFields;
  readonly bytes: number;
}

interface Links {
  readonly all: Link<Entry>;
  readonly inbox: Link<Entry>;
}

/** Keeps mails in memory. A page without a search costs what the page holds, not what the store holds. */
export function memoryMailStore(limits: StoreLimits = {}): MailStore {
  const { maxMails = defaultLimits.maxMails, maxBytes = defaultLimits.maxBytes } = limits;
  const all = new MailChain<Entry>();
  const inboxes = new Map<string, MailChain<Entry>>();
  const links = new Map<string, Links>();
  let bytes = 0;

  function remove(id: string): boolean {
    const found = links.get(id);
    if (found === undefined) return false;
    const { entry } = found.all;
    const inbox = inboxes.get(entry.mail.inbox);
    inbox?.remove(found.inbox);
    if (inbox?.total === 0) inboxes.delete(entry.mail.inbox);
    all.remove(found.all);
    links.delete(id);
    bytes -= entry.bytes;
    return true;
  }

  function evict(): readonly string[] {
    const evicted: string[] = [];
    while (all.total > 1 && (all.total > maxMails || bytes > maxBytes)) {
      const id = all.oldest?.mail.id ?? "";
      remove(id);
      evicted.push(id);
    }
    return evicted;
  }

  return {
    add(mail, source) {
      const fields = searchFields(mail);
      const entry: Entry = { mail, source: ownBytes(source), fields, bytes: bytesOf(mail, source, fields.text) };
      const inbox = inboxes.get(mail.inbox) ?? new MailChain<Entry>();
      inboxes.set(mail.inbox, inbox);
      links.set(mail.id, { all: all.add(entry), inbox: inbox.add(entry) });
      bytes += entry.bytes;
      return evict();
    },
    get: (id) => links.get(id)?.all.entry.mail,
    source: (id) => links.get(id)?.all.entry.source,
    list(query) {
      const chain = query.inbox === undefined ? all : inboxes.get(query.inbox);
      if (chain === undefined) return { mails: [], total: 0, unread: 0 };
      const before = query.before === undefined ? undefined : links.get(query.before);
      if (query.inbox === undefined) return pageOf(chain, query, before?.all);
      return pageOf(chain, query, before?.inbox.entry.mail.inbox === query.inbox ? before.inbox : undefined);
    },
    inboxes: () =>
      [...inboxes]
        .map(([name, { total, unread }]) => ({ name, total, unread }))
        .sort((one, other) => (one.name < other.name ? -1 : 1)),
    markRead(id, unread) {
      const entry = links.get(id)?.all.entry;
      if (entry === undefined) return false;
      if (entry.mail.unread === unread) return true;
      entry.mail = { ...entry.mail, unread };
      for (const chain of [all, inboxes.get(entry.mail.inbox)])
        if (chain !== undefined) chain.unread += unread ? 1 : -1;
      return true;
    },
    delete: remove,
    clear(inbox) {
      const chain = inbox === undefined ? all : inboxes.get(inbox);
      for (const { mail } of chain?.newestFirst() ?? []) remove(mail.id);
    },
    close: () => undefined,
  };
}

/** A view of something larger, such as a buffer of Node's pool, would keep all of that in memory. */
function ownBytes(source: Uint8Array): Uint8Array {
  return source.buffer.byteLength > 2 * source.byteLength ? new Uint8Array(source) : source;
}

function pageOf(chain: MailChain<Entry>, query: MailQuery, link: Link<Entry> | undefined): MailPage {
  const { limit = defaultPageSize, before } = query;
  const conditions = parseSearch(query.search ?? "");
  const mails: CaughtMail[] = [];
  if (conditions.length === 0) {
    for (const { mail } of chain.newestFirst(link)) {
      if (mails.length >= limit) break;
      if (before === undefined || mail.id < before) mails.push(summaryOf(mail));
    }
    return { mails, total: chain.total, unread: chain.unread };
  }
  let total = 0;
  let unread = 0;
  for (const { mail, fields } of chain.newestFirst()) {
    if (!matches(conditions, fields)) continue;
    total++;
    if (mail.unread) unread++;
    if (mails.length < limit && (before === undefined || mail.id < before)) mails.push(summaryOf(mail));
  }
  return { mails, total, unread };
}
