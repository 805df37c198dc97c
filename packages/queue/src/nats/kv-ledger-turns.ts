/**
 * Does all at the same time, but for those that have a token in common: they go one after the other, in their order.
 * @param done results by index; what is there already is not done again, and what is done is put there
 */
export async function inTurns<Item, Result>(
  items: readonly Item[],
  tokensOf: (item: Item) => readonly string[],
  run: (item: Item) => Promise<Result>,
  done: Map<number, Result>,
): Promise<void> {
  const last = new Map<string, Promise<void>>();
  const all = items.map((item, index) => {
    const tokens = tokensOf(item);
    const before = Promise.all(tokens.map((token) => last.get(token)));
    const turn = before.then(async () => {
      if (!done.has(index)) done.set(index, await run(item));
    });
    for (const token of tokens) last.set(token, turn);
    return turn;
  });
  await Promise.all(all);
}
