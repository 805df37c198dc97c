import { headerText, invalid, requireObject, show } from "./invalid.ts";
import { kindOf } from "./value-text.ts";

const maxTags = 10;
const maxTagBytes = 128;
const maxMetadataBytes = 10_000;
const maxMetadataKeyLength = 64;
const metadataKey = /^[\x21-\x7e]+$/;
/** The key under which adapters send the mail's own id where a provider has key-value pairs. */
export const mailIdKey = "mail_id";

/** Checks tags: what every provider with tags can hold. @throws MailError `invalid_message` */
export function prepareTags(tags: readonly string[] | undefined): readonly string[] {
  if (tags === undefined) return [];
  if (!Array.isArray(tags)) throw invalid("tags", `is ${kindOf(tags)}, not an array`, 'Write ["welcome"].');
  const unique = [...new Set(Array.from(tags as readonly string[], prepareTag))];
  if (unique.length > maxTags) throw invalid("tags", `has ${unique.length} tags`, `Use at most ${maxTags}.`);
  return Object.freeze(unique);
}

function prepareTag(tag: string, index: number): string {
  const field = `tags[${index}]`;
  if (headerText(tag, field).trim() === "") throw invalid(field, "is empty", "Leave the tag out.");
  if (Buffer.byteLength(tag) <= maxTagBytes) return tag;
  throw invalid(field, `is longer than ${maxTagBytes} bytes: ${show(tag)}`, "Shorten the tag, or use `metadata`.");
}

/** Checks metadata: what every provider with custom arguments can hold. @throws MailError `invalid_message` */
export function prepareMetadata(metadata: Readonly<Record<string, string>> = {}): Readonly<Record<string, string>> {
  requireObject(metadata, "metadata", "Write { name: value }.");
  const prepared: [string, string][] = [];
  let bytes = 0;
  for (const [key, value] of Object.entries(metadata)) {
    headerText(key, "metadata");
    const field = `metadata.${key}`;
    if (!metadataKey.test(key) || key.length > maxMetadataKeyLength) {
      throw invalid(
        field,
        `is no metadata key: ${show(key)}`,
        `Use up to ${maxMetadataKeyLength} visible ASCII characters.`,
      );
    }
    if (key === mailIdKey) throw invalid(field, "is the key of the mail's own id", "Use another key.");
    prepared.push([key, headerText(value, field)]);
    bytes += key.length + Buffer.byteLength(value);
  }
  if (bytes > maxMetadataBytes) {
    throw invalid(
      "metadata",
      `has ${bytes} bytes`,
      `Use at most ${maxMetadataBytes} bytes; keep large data at home under an id.`,
    );
  }
  return Object.freeze(Object.fromEntries(prepared));
}
