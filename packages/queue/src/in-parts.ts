export interface PartOptions<Item> {
  /** A part is full at so many items, or at so many bytes. */
  readonly maxItems: number;
  readonly maxBytes: number;
  readonly bytesOf: (item: Item) => number;
  /** A part that is not full waits no longer than this for more, in milliseconds. */
  readonly lingerMs: number;
}

/**
 * Joins items into parts. Where none comes for `lingerMs` after a part, an empty one is given once, so that whoever waits
 * for parts can see to the last. What came before the items failed is given first.
 */
export async function* inParts<Item>(
  items: AsyncGenerator<Item>,
  { maxItems, maxBytes, bytesOf, lingerMs }: PartOptions<Item>,
): AsyncGenerator<readonly Item[]> {
  let part: Item[] = [];
  let bytes = 0;
  let pending: Promise<IteratorResult<Item>> | undefined;
  let limit: TimeLimit | undefined;
  let failure: { readonly thrown: unknown } | undefined;
  try {
    while (true) {
      pending ??= items.next();
      const result = await (limit === undefined ? pending : Promise.race([pending, limit.promise]));
      if (result !== undefined) pending = undefined;
      if (result?.done) break;
      if (result !== undefined) {
        part.push(result.value);
        bytes += bytesOf(result.value);
      }
      if (part.length === 1) limit ??= timeLimit(lingerMs);
      if (result !== undefined && part.length < maxItems && bytes < maxBytes) continue;
      const given = part;
      part = [];
      bytes = 0;
      limit?.end();
      limit = given.length > 0 ? timeLimit(lingerMs) : undefined;
      yield given;
    }
  } catch (thrown) {
    failure = { thrown };
  } finally {
    limit?.end();
    // An input that is asked for more may take for ever.
    const closing = items.return(undefined);
    if (pending === undefined) await closing;
    else closing.catch(() => undefined);
  }
  if (part.length > 0) yield part;
  if (failure !== undefined) throw failure.thrown;
}

interface TimeLimit {
  readonly promise: Promise<undefined>;
  readonly end: () => void;
}

function timeLimit(ms: number): TimeLimit {
  const { promise, resolve } = Promise.withResolvers<undefined>();
  const timer = setTimeout(resolve, ms, undefined);
  return { promise, end: () => clearTimeout(timer) };
}
