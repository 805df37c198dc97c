import type { AddressInput, SuppressionEntry, SuppressionReason, Suppressions } from "@mail/core";
import type { CsvSource, ImportOptions, ImportReport } from "./suppression-csv.ts";

export interface NewSuppression {
  readonly address: AddressInput;
  /** Default `manual`: somebody put it there. */
  readonly reason?: SuppressionReason | undefined;
  /** The tag to which it is limited. Default: all mail. */
  readonly scope?: string | undefined;
  /** When it was put there. Default: now. */
  readonly at?: Date | undefined;
  /** When it ends. Default: never. */
  readonly expiresAt?: Date | undefined;
  /** The same from `at`, in milliseconds. */
  readonly expiresInMs?: number | undefined;
  /** For people: the server's answer, or who asked for it. */
  readonly note?: string | undefined;
  readonly mailId?: string | undefined;
}

/** Which entries of an address. */
export interface RemoveOptions {
  readonly reason?: SuppressionReason | undefined;
  readonly scope?: string | undefined;
  /** Only those that were put there no later. */
  readonly until?: Date | undefined;
}

/** Which entries of the list. */
export interface SuppressionFilter {
  readonly reason?: SuppressionReason | undefined;
  /** Only addresses that begin with this text. */
  readonly prefix?: string | undefined;
}

export interface SuppressionPage extends SuppressionFilter {
  /** Default 50, at most 1,000. */
  readonly limit?: number | undefined;
  /** `next` of the page before. */
  readonly after?: string | undefined;
}

/**
 * Addresses that must not be mailed. Pass it to `createMailer`. Addresses compare in lower case, their domains in IDNA
 * form, and that is how they are kept.
 */
export interface SuppressionList extends Suppressions {
  /**
   * Puts one or many on the list, all or none. One with an address, reason and scope that is there already stays as it
   * is, but for one that ends sooner, which is replaced.
   * @returns for each whether it was new
   * @throws MailError `invalid_recipient` or `configuration` that names the field; `unavailable`
   */
  add(entries: NewSuppression | readonly NewSuppression[]): Promise<readonly boolean[]>;
  /** Takes off the entries of an address, or only some of them. @returns how many there were */
  remove(address: string, of?: RemoveOptions): Promise<number>;
  /** All entries of an address. */
  get(address: string): Promise<readonly SuppressionEntry[]>;
  /** One page, in the order of the addresses. */
  list(page?: SuppressionPage): Promise<{ readonly entries: readonly SuppressionEntry[]; readonly next?: string }>;
  /** Every entry, in the order of the addresses, read as it is asked for. */
  all(filter?: SuppressionFilter): AsyncIterableIterator<SuppressionEntry>;
  /** How many there are for each reason. */
  counts(): Promise<Readonly<Record<SuppressionReason, number>>>;
  /**
   * Puts the rows of a CSV file on the list: one that `export` wrote, one of a provider (SendGrid, Mailgun, SES), or
   * any with a column of addresses. Bad rows are reported, the rest go in. Memory does not grow with the file; a file
   * may be imported again.
   * @throws MailError `configuration` where there is no column of addresses; `unavailable`
   */
  import(csv: CsvSource, options?: ImportOptions): Promise<ImportReport>;
  /**
   * The list as CSV in UTF-8, read from the store as it is asked for. Cells that a spreadsheet would take for a formula
   * begin with `'`, which `import` takes off again.
   */
  export(filter?: SuppressionFilter): ReadableStream<Uint8Array>;
}
