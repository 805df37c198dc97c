import type { MimePart } from "./mime-node.ts";
import { textPart } from "./text-part.ts";

/** Longer ones are not kept, in UTF-16 units. */
const maxLength = 1024 * 1024;

/**
 * Encodes once a text that mail after mail has, such as the html of a mail merge where only the subject is personal: the
 * last text of each type is kept. Where texts differ this costs a comparison, which their lengths mostly decide.
 */
export class EncodedTexts {
  readonly #last = new Map<string, { readonly content: string; readonly part: MimePart }>();

  /** The part is shared and must not be changed. */
  readonly part = (type: string, content: string): MimePart => {
    if (content.length > maxLength) return textPart(type, content);
    const last = this.#last.get(type);
    if (last?.content === content) return last.part;
    const part = textPart(type, content);
    this.#last.set(type, { content, part });
    return part;
  };
}
