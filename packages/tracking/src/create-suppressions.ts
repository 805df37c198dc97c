import {
  addressKey,
  checkOptions,
  memoryStore,
  misconfigured,
  type Store,
  type Suppression,
  type SuppressionEntry,
  type SuppressionReason,
  type SuppressionStore,
} from "@mail/core";
import { requireDate, suppressionReasons, toSuppressionEntry } from "./new-suppression.ts";
import { exportSuppressions } from "./suppression-export.ts";
import { importSuppressions } from "./suppression-import.ts";
import type { SuppressionFilter, SuppressionList, SuppressionPage } from "./suppression-list.ts";

export interface SuppressionsOptions {
  /** Where the list is kept. Default: this process's memory. */
  readonly store?: Pick<Store, "suppressions"> | undefined;
  /**
   * Mails with one of these tags, such as `password-reset`, also go to those who unsubscribed; never to who bounced,
   * complained, or was put on the list by hand. Default: none.
   */
  readonly transactionalTags?: readonly string[] | undefined;
}

const rules = { store: { type: "object" }, transactionalTags: { type: "array" } } as const;

/** What is told of an address with several entries: the first of these. */
const gravest: readonly SuppressionReason[] = ["complained", "bounced", "unsubscribed", "manual"];

/** Entries that are read from the store at once. */
const pageSize = 5_000;

/**
 * A list of addresses that must not be mailed: pass it to `createMailer`.
 * @throws MailError `configuration` that names the option
 */
export function createSuppressions(options: SuppressionsOptions = {}): SuppressionList {
  checkOptions("createSuppressions", options, rules);
  const { store = memoryStore(), transactionalTags = [] } = options;
  if (typeof store.suppressions?.find !== "function")
    throw misconfigured("store", "keeps no suppressions", "Pass memoryStore(), or a store from @mail/store.");
  const wrong = transactionalTags.findIndex((tag) => typeof tag !== "string" || tag === "");
  if (wrong !== -1) throw misconfigured(`transactionalTags[${wrong}]`, "is no tag", 'Write ["password-reset"].');
  const { suppressions } = store;
  return {
    find: (addresses, { tags }) => findSuppressed(suppressions, addresses, { tags, transactionalTags }),
    async add(entries) {
      const many = Array.isArray(entries);
      const checked = [entries].flat().map((entry, index) => toSuppressionEntry(entry, many ? `[${index}].` : ""));
      return checked.length === 0 ? [] : await suppressions.add(checked);
    },
    async remove(address, { reason, scope, until } = {}) {
      requireReason(reason);
      if (until !== undefined) requireDate(until, "until");
      return await suppressions.remove(addressKey(address), {
        ...(reason !== undefined && { reason }),
        ...(scope !== undefined && { scope }),
        ...(until !== undefined && { until: until.getTime() }),
      });
    },
    get: (address) => suppressions.find([addressKey(address)]),
    async list({ limit = 50, after, ...filter }: SuppressionPage = {}) {
      if (!Number.isSafeInteger(limit) || limit < 1 || limit > 1_000)
        throw misconfigured("limit", `is ${limit}`, "Use a whole number from 1 to 1,000.");
      return await suppressions.list({ limit, ...(after !== undefined && { after }), ...filterOf(filter) });
    },
    all: (filter = {}) => allEntries(suppressions, filter),
    counts: () => suppressions.counts(),
    import: (csv, choice = {}) => importSuppressions(suppressions, csv, choice),
    export: (filter = {}) => exportSuppressions(allEntries(suppressions, filter)),
  };
}

async function findSuppressed(
  suppressions: SuppressionStore,
  addresses: readonly string[],
  mail: { readonly tags: readonly string[]; readonly transactionalTags: readonly string[] },
): Promise<readonly Suppression[]> {
  const isTransactional = mail.tags.some((tag) => mail.transactionalTags.includes(tag));
  const applies = ({ reason, scope }: SuppressionEntry): boolean =>
    (scope === "" || mail.tags.includes(scope)) && !(isTransactional && reason === "unsubscribed");
  const reasons = new Map<string, SuppressionReason>();
  for (const entry of await suppressions.find(addresses.map(addressKey))) {
    if (!applies(entry)) continue;
    const key = addressKey(entry.address);
    const known = reasons.get(key);
    if (known === undefined || gravest.indexOf(entry.reason) < gravest.indexOf(known)) reasons.set(key, entry.reason);
  }
  return addresses.flatMap((address) => {
    const reason = reasons.get(addressKey(address));
    return reason === undefined ? [] : [{ address, reason }];
  });
}

async function* allEntries(
  suppressions: SuppressionStore,
  filter: SuppressionFilter,
): AsyncGenerator<SuppressionEntry, void, undefined> {
  const query = { limit: pageSize, ...filterOf(filter) };
  let after: string | undefined;
  do {
    const page = await suppressions.list({ ...query, ...(after !== undefined && { after }) });
    yield* page.entries;
    after = page.next;
  } while (after !== undefined);
}

/** Prefixes are compared with addresses as they are kept. */
function filterOf({ reason, prefix }: SuppressionFilter): { reason?: SuppressionReason; prefix?: string } {
  requireReason(reason);
  return {
    ...(reason !== undefined && { reason }),
    ...(prefix !== undefined && prefix !== "" && { prefix: prefix.normalize("NFC").toLowerCase() }),
  };
}

function requireReason(reason: SuppressionReason | undefined): void {
  if (reason === undefined || suppressionReasons.includes(reason)) return;
  throw misconfigured("reason", `is ${JSON.stringify(reason)}`, `Use ${suppressionReasons.join(", ")}.`);
}
