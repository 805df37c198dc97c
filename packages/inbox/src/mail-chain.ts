/** A mail's place in a chain. */
export interface Link<Entry> {
  readonly entry: Entry;
  older: Link<Entry> | undefined;
  newer: Link<Entry> | undefined;
}

/** Entries in the order of their coming; adding and removing take the same time however many there are. */
export class MailChain<Entry extends { readonly mail: { readonly unread: boolean } }> {
  #newest: Link<Entry> | undefined;
  #oldest: Link<Entry> | undefined;
  #total = 0;
  /** How many are unread; kept by whoever changes an entry. */
  unread = 0;

  get total(): number {
    return this.#total;
  }

  get oldest(): Entry | undefined {
    return this.#oldest?.entry;
  }

  add(entry: Entry): Link<Entry> {
    const link: Link<Entry> = { entry, older: this.#newest, newer: undefined };
    if (this.#newest === undefined) this.#oldest = link;
    else this.#newest.newer = link;
    this.#newest = link;
    this.#total++;
    this.unread += entry.mail.unread ? 1 : 0;
    return link;
  }

  remove(link: Link<Entry>): void {
    if (link.newer === undefined) this.#newest = link.older;
    else link.newer.older = link.older;
    if (link.older === undefined) this.#oldest = link.newer;
    else link.older.newer = link.newer;
    this.#total--;
    this.unread -= link.entry.mail.unread ? 1 : 0;
  }

  /** Newest first, from the one older than `link`. */
  *newestFirst(link?: Link<Entry>): Generator<Entry> {
    for (let next = link === undefined ? this.#newest : link.older; next !== undefined; next = next.older)
      yield next.entry;
  }
}
