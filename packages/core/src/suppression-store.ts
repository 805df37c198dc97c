/** Why an address is on the list. `manual`: somebody put it there. */
export type SuppressionReason = "bounced" | "complained" | "unsubscribed" | "manual";

/** One reason not to mail an address. An address may have one entry for each reason and scope. */
export interface SuppressionEntry {
  /** As it was given; addresses compare case-insensitively. */
  readonly address: string;
  readonly reason: SuppressionReason;
  /** The tag or list to which it is limited. Empty: all mail. */
  readonly scope: string;
  /** When it was put there, in milliseconds since 1970. */
  readonly at: number;
  /** When it ends, in milliseconds since 1970. Absent: never. */
  readonly expiresAt?: number;
  /** For people: the server's answer, or who asked for it. */
  readonly note?: string;
  readonly mailId?: string;
}

export interface SuppressionQuery {
  /** At most so many. */
  readonly limit: number;
  /** The cursor that the page before gave. */
  readonly after?: string;
  readonly reason?: SuppressionReason;
  /** Only addresses that begin with this text. */
  readonly prefix?: string;
}

/** Which entries of an address. */
export interface SuppressionSelection {
  readonly reason?: SuppressionReason;
  readonly scope?: string;
  /** Only those whose `at` is no later. */
  readonly until?: number;
}

/** Addresses that must not be mailed. What has expired is never given out. */
export interface SuppressionStore {
  /**
   * Puts entries on the list, all or none. One with an address, reason and scope that is there already stays as it is,
   * but for one that ends sooner, which is replaced.
   * @returns for each whether it was new
   */
  add(entries: readonly SuppressionEntry[]): Promise<readonly boolean[]>;
  /** All entries of these addresses. */
  find(addresses: readonly string[]): Promise<readonly SuppressionEntry[]>;
  /** Takes off the entries of an address, or only some of them, atomically. @returns how many there were */
  remove(address: string, of?: SuppressionSelection): Promise<number>;
  /** In the order of the addresses in lower case. `next` is the cursor of the next page. */
  list(query: SuppressionQuery): Promise<{ readonly entries: readonly SuppressionEntry[]; readonly next?: string }>;
  /** How many there are for each reason. */
  counts(): Promise<Readonly<Record<SuppressionReason, number>>>;
}
