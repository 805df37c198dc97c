/** The named ones that mails use in addresses and texts; others stay as they are written. */
const named: Readonly<Record<string, string>> = {
  amp: "&",
  lt: "<",
  gt: ">",
  quot: '"',
  apos: "'",
  nbsp: "\u00a0",
  zwnj: "\u200c",
  shy: "\u00ad",
  copy: "©",
  reg: "®",
  trade: "™",
  hellip: "…",
  ndash: "–",
  mdash: "—",
  lsquo: "‘",
  rsquo: "’",
  ldquo: "“",
  rdquo: "”",
  bull: "•",
  middot: "·",
  euro: "€",
  pound: "£",
  rarr: "→",
  colon: ":",
  tab: "\t",
  newline: "\n",
};

const lastCodePoint = 0x10ffff;

/** Decodes character references (HTML, section 13.5). */
export function decodeEntities(text: string): string {
  return text.replace(/&(?:#x([0-9a-f]{1,6})|#(\d{1,7})|([a-z]{2,8}));?/gi, (written, hex, decimal, name) => {
    if (name !== undefined) return named[String(name).toLowerCase()] ?? written;
    const code = hex === undefined ? Number.parseInt(decimal, 10) : Number.parseInt(hex, 16);
    return code > 0 && code <= lastCodePoint ? String.fromCodePoint(code) : written;
  });
}
