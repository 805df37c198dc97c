/** Takes what was seen: `property`, `property:value`, `function()`, `:keyword`, `0unit`, `@rule`, `@media(feature)`. */
export type See = (key: string) => void;

/** Reads a style element. Each character is looked at a fixed number of times, here and below. */
export function readStylesheet(css: string, see: See): void {
  const bare = bareCss(css);
  /** Of the open blocks: whether they hold descriptors, as @font-face does, and no declarations. */
  const blocks: boolean[] = [];
  const read = (text: string) => {
    if (text.startsWith("@")) readAtRule(text, see);
    else if (blocks.at(-1) === false) readDeclaration(text, see);
  };
  let from = 0;
  for (const { 0: mark, index } of bare.matchAll(/[{};]/g)) {
    const text = bare.slice(from, index).trim();
    from = index + 1;
    if (mark !== "{") read(text);
    else if (text.startsWith("@")) readAtRule(text, see);
    if (mark === "{") blocks.push(/^@(?:font-face|page|property|counter-style)/i.test(text));
    if (mark === "}") blocks.pop();
  }
  read(bare.slice(from).trim());
}

/** Reads a style attribute. */
export function readDeclarations(css: string, see: See): void {
  for (const text of bareCss(css).split(";")) readDeclaration(text, see);
}

function readAtRule(text: string, see: See): void {
  const [rule] = /^@[a-z-]+/i.exec(text) ?? [];
  if (rule === undefined) return;
  const name = rule.toLowerCase();
  see(name);
  if (name !== "@media") return;
  for (const [, feature = ""] of text.matchAll(/\(\s*([a-z-]+)/gi)) see(`@media(${feature.toLowerCase()})`);
}

function readDeclaration(text: string, see: See): void {
  const colon = text.indexOf(":");
  const property = text.slice(0, Math.max(0, colon)).trim().toLowerCase();
  if (property === "" || property.startsWith("--")) return;
  const [value = ""] = text
    .slice(colon + 1)
    .toLowerCase()
    .split("!", 1);
  see(property);
  see(`${property}:${value.trim()}`);
  for (const [word, name, call, unit] of value.matchAll(/#[\w-]*|(-?[a-z_][\w-]*)(\(?)|[\d.]+([a-z%]*)/g)) {
    if (unit !== undefined) see(`0${unit}`);
    else if (name !== undefined) see(call === "" ? `:${name}` : `${word})`);
  }
}

/** CSS with nothing left in strings and addresses, and without comments. */
function bareCss(css: string): string {
  const opening = /\/\*|<!--|-->|["']|url\(\s*(?=[^\s"')])/gi;
  const parts: string[] = [];
  let at = 0;
  for (let match = opening.exec(css); match !== null; match = opening.exec(css)) {
    const [mark] = match;
    parts.push(css.slice(at, match.index));
    at = opening.lastIndex;
    if (mark === "/*") at = behind(css, "*/", at);
    else if (mark === '"' || mark === "'") at = behindString(css, mark, at);
    else if (/^url/i.test(mark)) at = behind(css, ")", at);
    parts.push(/^url/i.test(mark) ? "url()" : " ");
    opening.lastIndex = at;
  }
  parts.push(css.slice(at));
  return parts.join("");
}

function behind(css: string, end: string, from: number): number {
  const found = css.indexOf(end, from);
  return found === -1 ? css.length : found + end.length;
}

/** A string ends at its line's end, too (CSS Syntax, section 4.3.5). */
function behindString(css: string, quote: string, from: number): number {
  const stop = quote === '"' ? /["\\\n]/g : /['\\\n]/g;
  stop.lastIndex = from;
  for (let match = stop.exec(css); match !== null; match = stop.exec(css)) {
    if (match[0] !== "\\") return stop.lastIndex;
    stop.lastIndex++;
  }
  return css.length;
}
