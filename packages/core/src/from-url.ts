import { misconfigured } from "./configuration-error.ts";
import { failover } from "./failover.ts";
import { roundRobin } from "./round-robin.ts";
import type { Transport } from "./transport.ts";

/** The part of an adapter that builds transports from URLs. */
export interface UrlAdapter {
  readonly schemes: readonly string[];
  fromUrl(url: string): Transport;
}

const composites: Readonly<Record<string, (members: readonly Transport[]) => Transport>> = {
  failover: (members) => failover(members),
  roundrobin: (members) => roundRobin(members),
};

const maxDepth = 5;

/**
 * Builds a transport from a URL by the adapter that knows its scheme, or from `failover(URL URL …)` and
 * `roundrobin(URL URL …)`, which may be nested. In user and password, percent-encode `( ) @ : / %` and spaces.
 * @throws MailError `configuration` that says what is missing or unknown; the URL's secrets are never shown
 */
export function fromUrl(url: string | undefined, adapters: readonly UrlAdapter[]): Transport {
  if (typeof url !== "string" || url.trim() === "") {
    throw misconfigured(
      "url",
      "is missing or empty",
      `Set it to something like ${exampleUrl(adapters)}; the environment variable may not be set.`,
    );
  }
  return parse(url.trim(), adapters, 0);
}

function parse(text: string, adapters: readonly UrlAdapter[], depth: number): Transport {
  const group = /^(\w+)\(([\s\S]*)\)$/.exec(text);
  if (group === null) return build(text, adapters);
  const [, name = "", inner = ""] = group;
  const compose = Object.hasOwn(composites, name.toLowerCase()) ? composites[name.toLowerCase()] : undefined;
  if (compose === undefined)
    throw misconfigured("url", `has an unknown group: ${name}(…)`, `Known: ${Object.keys(composites).join(", ")}.`);
  if (depth >= maxDepth) throw misconfigured("url", `has groups nested deeper than ${maxDepth}`, "Use fewer levels.");
  const members = splitMembers(inner);
  if (members.length === 0) throw misconfigured("url", `has an empty group: ${name}()`, `Write ${name}(URL URL).`);
  return compose(members.map((member) => parse(member, adapters, depth + 1)));
}

/** Splits at spaces outside parentheses. */
function splitMembers(text: string): readonly string[] {
  const members: string[] = [];
  let depth = 0;
  let start = 0;
  for (let index = 0; index <= text.length; index++) {
    const character = text[index] ?? " ";
    if (character === "(") depth++;
    if (character === ")") depth--;
    if (depth < 0) break;
    if (depth > 0 || !/\s/.test(character)) continue;
    if (index > start) members.push(text.slice(start, index));
    start = index + 1;
  }
  if (depth !== 0)
    throw misconfigured(
      "url",
      "has parentheses that do not match",
      "Percent-encode ( and ) in passwords as %28 and %29.",
    );
  return members;
}

function build(text: string, adapters: readonly UrlAdapter[]): Transport {
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(text)?.[1]?.toLowerCase();
  const known = adapters.flatMap(({ schemes }) => schemes).join(", ");
  if (scheme === undefined)
    throw misconfigured("url", "has no scheme", `Write it as ${exampleUrl(adapters)}. Known schemes: ${known}.`);
  const adapter = adapters.find(({ schemes }) => schemes.includes(scheme));
  if (adapter === undefined)
    throw misconfigured(
      "url",
      `has an unknown scheme: ${scheme}://`,
      `Known schemes: ${known}. Mend the URL, or pass the adapter that has this one: fromUrl(url, [smtp, …]).`,
    );
  return adapter.fromUrl(text);
}

function exampleUrl(adapters: readonly UrlAdapter[]): string {
  return `${adapters[0]?.schemes[0] ?? "smtp"}://user:password@host`;
}
