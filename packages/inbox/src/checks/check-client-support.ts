import type { CaughtMail } from "../caught-mail.ts";
import { clients, dataDate, features } from "./client-support-data.ts";
import { findFeatures } from "./find-features.ts";
import { count, type Finding, finding } from "./finding.ts";

const check = "clients";
const maxFindings = 20;

interface UsedFeature {
  readonly slug: string;
  readonly names: string;
  /** A letter for each of `clients`. */
  readonly support: string;
}

/** What the HTML uses and some mail clients do not support, says caniemail.com; what most of them lack comes first. */
export function checkClientSupport({ html }: Pick<CaughtMail, "html">): readonly Finding[] {
  const lacking = usedFeatures(html ?? "").toSorted(
    (one, other) => times("n", other) - times("n", one) || times("a", other) - times("a", one),
  );
  const shown = lacking.length > maxFindings ? lacking.slice(0, maxFindings - 1) : lacking;
  const rest = lacking.slice(shown.length).map(({ names }) => names);
  const findings = shown.map(({ slug, names, support }) => {
    const partly = clientsWith("a", support);
    return finding(
      check,
      "note",
      `${names}: not supported by ${clientsWith("n", support)}${partly && `; partly by ${partly}`}`,
      `From caniemail.com/features/${slug}/, data of ${dataDate}.`,
    );
  });
  if (rest.length === 0) return findings;
  const title = `${count(rest.length, "more feature")} of HTML and CSS that some mail clients do not support`;
  return [...findings, finding(check, "note", title, undefined, rest)];
}

function usedFeatures(html: string): readonly UsedFeature[] {
  const known = new Map(features.flatMap(([slug, keys]) => keys.split(" ").map((key) => [key, slug] as const)));
  const found = findFeatures(html, known);
  return features.flatMap(([slug, keys, support]) => {
    const used = keys.split(" ").filter((key) => found.has(key));
    return used.length === 0 ? [] : { slug, names: used.map(nameOf).join(", "), support };
  });
}

/** `<input type=text>`, `hidden attribute`, `rem`, `fit-content`, `display: grid`; others stand as they are written. */
function nameOf(key: string): string {
  return key
    .replace(/^<([a-z]+)\[(.+)\]>$/, "<$1 $2>")
    .replace(/^\[(.+)\]$/, "$1 attribute")
    .replace(/^[:0]/, "")
    .replace(/^@media\(/, "@media (")
    .replace(/^([a-z-]+):/, "$1: ");
}

function times(letter: string, { support }: UsedFeature): number {
  return support.split(letter).length - 1;
}

/** `Gmail, Outlook (Windows, Mac)`: a family alone where it holds for each of its clients, of several. */
function clientsWith(letter: string, support: string): string {
  const families = new Map<string, { readonly platforms: string[]; all: boolean }>();
  for (const [index, [family, platform]] of clients.entries()) {
    const entry = families.get(family) ?? { platforms: [], all: true };
    families.set(family, entry);
    if (support.charAt(index) === letter) entry.platforms.push(platform);
    else entry.all = false;
  }
  return [...families]
    .filter(([, { platforms }]) => platforms.length > 0)
    .map(([family, { platforms, all }]) =>
      all && platforms.length > 1 ? family : `${family} (${platforms.join(", ")})`,
    )
    .join(", ");
}
