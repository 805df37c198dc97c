/**
 * Every view has the same path and is told apart by its query. So links are queries alone: they hold wherever the handler
 * is mounted, with a slash at the end or without, and behind a proxy that takes away a part of the path.
 */
export type View = "overview" | "mail" | "suppressions" | "suppress" | "unsuppress" | "import" | "export" | "style";

/** A relative link to a view. Values that are absent are left out. */
export function link(view: View, values: Readonly<Record<string, string | undefined>> = {}): string {
  const query = new URLSearchParams({ view });
  for (const [name, value] of Object.entries(values)) if (value !== undefined && value !== "") query.set(name, value);
  return `?${query}`;
}
