/**
 * True where each wanted item fits one of `items` that no other wanted one needs, whatever the order: an item moves on
 * to another wanted one where that makes room (augmenting paths).
 */
export function eachHasItsOwn<Wanted, Item>(
  wanted: readonly Wanted[],
  items: readonly Item[],
  fits: (item: Item, wanted: Wanted) => boolean,
): boolean {
  const takenBy = new Map<number, Wanted>();
  const place = (one: Wanted, tried: Set<number>): boolean =>
    items.some((item, index) => {
      if (tried.has(index) || !fits(item, one)) return false;
      tried.add(index);
      const holder = takenBy.get(index);
      if (takenBy.has(index) && !place(holder as Wanted, tried)) return false;
      takenBy.set(index, one);
      return true;
    });
  return wanted.every((one) => place(one, new Set()));
}
