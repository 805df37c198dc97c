/** What a check has to say about a mail. */
export interface Finding {
  readonly check: string;
  readonly level: "good" | "note" | "warning";
  readonly title: string;
  /** What it means, and what to do. */
  readonly detail?: string;
  /** What it is about, such as addresses; cut. */
  readonly items?: readonly string[];
}

const maxItems = 20;

export function finding(
  check: string,
  level: Finding["level"],
  title: string,
  detail?: string,
  items: readonly string[] = [],
): Finding {
  const shown = items.slice(0, maxItems);
  return { check, level, title, ...(detail && { detail }), ...(shown.length > 0 && { items: shown }) };
}

/** `1 link`, `2 links`. */
export function count(n: number, noun: string): string {
  return `${n} ${noun}${n === 1 ? "" : "s"}`;
}
