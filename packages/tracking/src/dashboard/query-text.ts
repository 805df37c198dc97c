const maxCursor = 2000;

/** A value of a query or a form without what no store and no address has: control characters and halves of letters. */
export function cleanText(value: string | null | undefined, maxLength: number): string {
  return (value ?? "")
    .toWellFormed()
    .replace(/\p{Cc}/gu, "")
    .trim()
    .slice(0, maxLength);
}

/** One of `choices`, or `undefined`. */
export function choiceOf<Choice extends string>(value: string | null, choices: readonly Choice[]): Choice | undefined {
  return choices.find((choice) => choice === value);
}

/** A cursor as the page before gave it. */
export function cursorOf(query: URLSearchParams, name: string): string | undefined {
  return query.get(name)?.slice(0, maxCursor) || undefined;
}
