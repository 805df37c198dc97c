/** Fields by their names in lower case, each with all its values, unfolded. */
export type HeaderFields = ReadonlyMap<string, readonly string[]>;

const maxFields = 200;
const maxValueLength = 4_000;

/**
 * Reads blocks of `Name: value` that empty lines part, folded as RFC 5322 section 2.2.3 has it. What has no colon is
 * passed over.
 * @param maxBlocks the blocks after these are left out
 */
export function fieldBlocks(text: string, maxBlocks: number): readonly HeaderFields[] {
  const blocks: Map<string, string[]>[] = [];
  let block: Map<string, string[]> | undefined;
  let values: string[] | undefined;
  for (const line of text.split(/\r?\n/)) {
    if (line.trim() === "") {
      block = undefined;
      values = undefined;
      continue;
    }
    if (/^[ \t]/.test(line)) {
      const last = values?.pop();
      if (last !== undefined) values?.push(`${last} ${line.trim()}`.slice(0, maxValueLength));
      continue;
    }
    values = undefined;
    const colon = line.indexOf(":");
    const name = line.slice(0, Math.max(0, colon)).trimEnd().toLowerCase();
    if (!/^[!-9;-~]{1,100}$/.test(name)) continue;
    if (block === undefined) {
      if (blocks.length === maxBlocks) break;
      block = new Map();
      blocks.push(block);
    }
    if (block.size === maxFields && !block.has(name)) continue;
    values = block.get(name) ?? [];
    block.set(name, values);
    if (values.length < maxFields) values.push(line.slice(colon + 1, colon + 1 + maxValueLength).trim());
  }
  return blocks.map(clean);
}

/** Whatever is no text in a value is a space: nobody may write lines of their own into logs, headers or pages. */
function clean(block: Map<string, string[]>): HeaderFields {
  return new Map([...block].map(([name, values]) => [name, values.map((value) => oneLine(value))]));
}

export function oneLine(text: string): string {
  return text.replace(/[\p{Cc}\u2028\u2029]+/gu, " ").trim();
}

export function firstOf(fields: HeaderFields | undefined, name: string): string | undefined {
  const value = fields?.get(name)?.[0];
  return value === "" ? undefined : value;
}
