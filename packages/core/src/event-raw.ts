/** Longest `raw` of an event that is kept whole, in bytes of JSON. */
const longestRaw = 65_536;

/** Characters of a longer one that are kept. */
const keptStart = 1_000;

/**
 * What a provider wrote as JSON text, for a store. One of more than 64 KiB becomes
 * `{ "omitted": "too large", "bytes": 70000, "start": "…" }` with the first 1,000 characters, and what JSON cannot hold
 * `{ "omitted": "not JSON" }`.
 */
export function rawText(raw: unknown): string {
  const text = jsonOf(raw);
  const bytes = text.length > longestRaw / 3 ? Buffer.byteLength(text) : text.length;
  if (bytes <= longestRaw) return text;
  return JSON.stringify({ omitted: "too large", bytes, start: text.slice(0, keptStart) });
}

function jsonOf(raw: unknown): string {
  try {
    return JSON.stringify(raw ?? null) ?? notJson;
  } catch {
    return notJson;
  }
}

const notJson = '{"omitted":"not JSON"}';
