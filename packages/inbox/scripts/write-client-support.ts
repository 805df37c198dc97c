/**
 * Writes src/checks/client-support-data.ts from the data of caniemail.com, as the npm package `caniemail` carries it:
 *
 *     npm pack caniemail && tar xf caniemail-*.tgz
 *     node packages/inbox/scripts/write-client-support.ts package
 *     npx biome format --write packages/inbox/src/checks/client-support-data.ts
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { keysOf } from "./client-support-keys.ts";

type Support = "y" | "a" | "n" | "u";
type Versions = Readonly<Record<string, string>>;

interface Source {
  readonly last_update_date: string;
  readonly data: readonly {
    readonly slug: string;
    readonly title: string;
    readonly keywords: string | null;
    readonly stats: Readonly<Record<string, Readonly<Record<string, Versions>>>>;
  }[];
}

/** Family and platform in the data, family and platform as we name them. */
const clients = [
  ["gmail", "desktop-webmail", "Gmail", "web"],
  ["gmail", "ios", "Gmail", "iOS"],
  ["gmail", "android", "Gmail", "Android"],
  ["outlook", "windows", "Outlook", "Windows"],
  ["outlook", "macos", "Outlook", "Mac"],
  ["outlook", "outlook-com", "Outlook", "web"],
  ["outlook", "ios", "Outlook", "iOS"],
  ["outlook", "android", "Outlook", "Android"],
  ["apple-mail", "macos", "Apple Mail", "Mac"],
  ["apple-mail", "ios", "Apple Mail", "iOS"],
  ["yahoo", "desktop-webmail", "Yahoo", "web"],
  ["yahoo", "ios", "Yahoo", "iOS"],
  ["yahoo", "android", "Yahoo", "Android"],
  ["samsung-email", "android", "Samsung Email", "Android"],
  ["thunderbird", "macos", "Thunderbird", "Mac"],
] as const;

/** Versions are numbers of a program, months of a test, or years of an edition, which the others follow. */
function newest(versions: Versions = {}): Support {
  const all = Object.keys(versions);
  const editions = all.filter((name) => /^20\d\d$/.test(name));
  const months = all.filter((name) => /^20\d\d-\d\d$/.test(name));
  const numbers = all.filter((name) => !editions.includes(name) && !months.includes(name));
  const kinds = months.length + numbers.length > 0 ? [months, numbers] : [editions];
  const said = new Set(
    kinds.flatMap((names) => names.toSorted(byNumbers).slice(-1)).map((name) => versions[name]?.trim().charAt(0)),
  );
  const [one] = said;
  return said.size === 1 && (one === "y" || one === "a" || one === "n") ? one : "u";
}

function byNumbers(one: string, other: string): number {
  return one.localeCompare(other, "en", { numeric: true });
}

const folder = process.argv[2];
if (folder === undefined) throw new Error("Say where the unpacked npm package caniemail is.");
const { name, version, license } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
const source: Source = JSON.parse(readFileSync(join(folder, "data/caniemail.json"), "utf8"));
const features = source.data
  .map(({ slug, title, keywords, stats }) => ({
    slug,
    find: keysOf(slug, title, keywords),
    support: clients.map(([family, platform]) => newest(stats[family]?.[platform])).join(""),
  }))
  .filter(({ find, support }) => find.length > 0 && support.includes("n"));

const notice = readFileSync(join(folder, "LICENSE"), "utf8")
  .trim()
  .split(/\r?\n/)
  .map((line) => ` * ${line}`.trimEnd())
  .join("\n");

const text = `/*!
 * Which mail clients support which features of HTML and CSS; only features that one of them does not support.
 * Written by scripts/write-client-support.ts from the npm package ${name} ${version} (${license}).
 * The data is that of https://www.caniemail.com (MIT, Copyright (c) 2019 HTeuMeuLeu).
 *
${notice}
 */

/** When caniemail.com last changed. */
export const dataDate: string = "${source.last_update_date.slice(0, 10)}";

export const clients: readonly (readonly [family: string, platform: string])[] = ${JSON.stringify(
  clients.map(([, , family, platform]) => [family, platform]),
)};

/**
 * Page on caniemail.com, what it is found by (see \`see\` in find-features.ts), and a letter for each client:
 * y supported, a partly, n not, u not known or contradictory.
 */
export const features: readonly (readonly [slug: string, keys: string, support: string])[] = ${JSON.stringify(
  features.map(({ slug, find, support }) => [slug, find.join(" "), support]),
)};
`;
writeFileSync(new URL("../src/checks/client-support-data.ts", import.meta.url), text);
