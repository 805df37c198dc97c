import type {
  SuppressionEntry,
  SuppressionQuery,
  SuppressionReason,
  SuppressionSelection,
  SuppressionStore,
} from "@mail/core";
import { storedTime } from "../ledger-times.ts";
import { addressKey, storedKey, storedText } from "../stored-key.ts";
import { cursorKey, cursorOf, type SuppressionKey, type SuppressionPage, suppressionKey } from "../suppression-row.ts";
import type { RedisConnection, RedisParameter, RedisScript } from "./redis-connection.ts";
import { addScript, countScript, findScript, listScript, removeScript } from "./redis-suppression-scripts.ts";

/** Addresses that one script looks for: others wait while it runs. */
const addressesPerScript = 1_000;

/** A hash of entries, and sorted sets of them by address, by reason and by end. */
export class RedisSuppressions implements SuppressionStore {
  readonly #connection: RedisConnection;
  readonly #keys: readonly string[];

  constructor(connection: RedisConnection, prefix: string) {
    this.#connection = connection;
    this.#keys = [`${prefix}{suppressions}:`];
  }

  async add(entries: readonly SuppressionEntry[]): Promise<readonly boolean[]> {
    if (entries.length === 0) return [];
    const parameters = entries.flatMap((entry) => [
      memberOf(suppressionKey(entry)),
      entry.expiresAt === undefined ? "" : storedTime(entry.expiresAt),
      JSON.stringify(entry),
    ]);
    const added = (await this.#run(addScript, parameters)) as readonly number[];
    return added.map((one) => one === 1);
  }

  async find(addresses: readonly string[]): Promise<readonly SuppressionEntry[]> {
    const keys = [...new Set(addresses.map(addressKey))];
    const found: SuppressionEntry[] = [];
    for (let first = 0; first < keys.length; first += addressesPerScript) {
      const part = await this.#run(findScript, keys.slice(first, first + addressesPerScript));
      found.push(...(part as readonly string[]).map(entryOf));
    }
    return found;
  }

  async remove(address: string, of: SuppressionSelection = {}): Promise<number> {
    const reason = of.reason === undefined ? "" : `=${of.reason}`;
    const scope = of.scope === undefined ? "" : `=${storedKey(of.scope)}`;
    const until = of.until === undefined ? "" : storedTime(of.until);
    return Number(await this.#run(removeScript, [addressKey(address), reason, scope, until]));
  }

  async list({ limit, after, reason, prefix = "" }: SuppressionQuery): Promise<SuppressionPage> {
    const begin = storedText(prefix.toLowerCase());
    const members: string[] = [];
    const entries: SuppressionEntry[] = [];
    // One more than the page holds tells whether there is another.
    let from = after === undefined ? "" : memberOf(cursorKey(after));
    do {
      const answer = await this.#run(listScript, [limit + 1 - entries.length, from, reason ?? "", begin]);
      const [page, values, stop] = answer as readonly [readonly string[], readonly string[], string];
      members.push(...page);
      entries.push(...values.map(entryOf));
      from = stop;
    } while (from !== "" && entries.length <= limit);
    const last = members[limit - 1];
    if (entries.length <= limit || last === undefined) return { entries };
    const [address = "", lastReason = "", scope = ""] = last.split("\0");
    return { entries: entries.slice(0, limit), next: cursorOf([address, lastReason, scope]) };
  }

  async counts(): Promise<Readonly<Record<SuppressionReason, number>>> {
    const counts = (await this.#run(countScript, [])) as readonly number[];
    const [bounced = 0, complained = 0, unsubscribed = 0, manual = 0] = counts;
    return { bounced, complained, unsubscribed, manual };
  }

  async #run(script: RedisScript, parameters: readonly RedisParameter[]): Promise<unknown> {
    return await this.#connection.run(script, this.#keys, parameters);
  }
}

const memberOf = (key: SuppressionKey): string => key.join("\0");
const entryOf = (text: string): SuppressionEntry => JSON.parse(text);
