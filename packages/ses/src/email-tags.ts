import { mailIdKey, type PreparedMessage } from "@mail/core";

/** Longest name and longest value of a message tag (API reference of SES v2, "MessageTag"). */
export const maxEmailTagLength = 256;
/** Names under which `tags` travel, because a tag of SES is a name with a value. */
const tagName = (index: number): string => `tag_${index + 1}`;
/** Metadata keys that would be taken for tags. */
export const reservedTagNames: readonly string[] = Array.from({ length: 10 }, (_, index) => tagName(index));

export interface EmailTag {
  readonly Name: string;
  readonly Value: string;
}

/**
 * Writes a text with the characters that SES allows in tags, `[A-Za-z0-9_-]`. What has only those stays as it is; any
 * other character becomes `-x` + code point in hex + `-`. {@link decodeEmailTag} reverses it.
 */
export function encodeEmailTag(text: string): string {
  if (text === "") return "-x-";
  return text.replace(/-(?=x)|[^A-Za-z0-9_-]/gu, (character) => `-x${character.codePointAt(0)?.toString(16)}-`);
}

/** Reads what {@link encodeEmailTag} wrote. */
export function decodeEmailTag(encoded: string): string {
  return encoded.replace(/-x([0-9a-f]{0,6})-/g, (written: string, hex: string) => {
    if (hex === "") return "";
    const code = Number.parseInt(hex, 16);
    return code <= 0x10ffff ? String.fromCodePoint(code) : written;
  });
}

/** The mail's id, its tags and its metadata as tags of SES, and the fields that do not fit. */
export function emailTags(mail: Pick<PreparedMessage, "id" | "tags" | "metadata">): {
  readonly tags: EmailTag[];
  readonly unfit: readonly ("tags" | "metadata")[];
} {
  const id = tag(mailIdKey, mail.id);
  const tags = mail.tags.map((text, index) => tag(tagName(index), text));
  const metadata = Object.entries(mail.metadata).map(([key, value]) => tag(key, value));
  const unfit = ([] as ("tags" | "metadata")[]).concat(
    tags.every(fits) ? [] : "tags",
    metadata.every(fits) ? [] : "metadata",
  );
  return {
    tags: [id, ...(unfit.includes("tags") ? [] : tags), ...(unfit.includes("metadata") ? [] : metadata)],
    unfit,
  };
}

function tag(name: string, value: string): EmailTag {
  return { Name: encodeEmailTag(name), Value: encodeEmailTag(value) };
}

function fits({ Name, Value }: EmailTag): boolean {
  return Name.length <= maxEmailTagLength && Value.length <= maxEmailTagLength;
}
