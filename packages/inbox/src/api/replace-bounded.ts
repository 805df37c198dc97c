/** Longest text that rendering may make of another, in characters: no provider takes a larger mail. */
const maxLength = 64 * 1024 * 1024;

/** Thrown where a few placeholders would make an endless text. */
export class RenderedTooLarge extends Error {
  constructor() {
    super(`rendered to more than ${maxLength} characters`);
    this.name = "RenderedTooLarge";
  }
}

/** `text.replace(pattern, put)` for a global pattern, given the whole match and its groups. @throws RenderedTooLarge */
export function replaceBounded(
  text: string,
  pattern: RegExp,
  put: (written: string, ...groups: readonly (string | undefined)[]) => string,
): string {
  let length = text.length;
  return text.replace(pattern, (written: string, ...rest: readonly unknown[]) => {
    const value = put(written, ...rest.map((group) => (typeof group === "string" ? group : undefined)));
    length += value.length - written.length;
    if (length > maxLength) throw new RenderedTooLarge();
    return value;
  });
}
