import type { FoundLink } from "./find-links.ts";
import { count, type Finding, finding } from "./finding.ts";
import { isPrivateHost } from "./private-host.ts";

/** Checks addresses as they are written. */
export function checkLinks(links: readonly FoundLink[]): readonly Finding[] {
  if (links.length === 0) return [];
  const urls = links.map(({ url }) => url);
  const web = urls.filter((url) => /^https?:/i.test(url) && URL.canParse(url));
  const groups: readonly [readonly string[], Finding["level"], string, string][] = [
    [urls.filter(isBroken), "warning", "no reader can follow", "Write whole addresses that begin with https://."],
    [
      web.filter((url) => isPrivateHost(new URL(url).hostname)),
      "note",
      "to this machine or a private network",
      "Right while developing; set the public address before mails go out.",
    ],
    [
      web.filter((url) => /^http:/i.test(url) && !isPrivateHost(new URL(url).hostname)),
      "note",
      "without TLS",
      "Write https:// where the site has it.",
    ],
  ];
  const findings = groups
    .filter(([found]) => found.length > 0)
    .map(([found, level, title, detail]) =>
      finding("links", level, `${count(found.length, "link")} ${title}`, detail, found),
    );
  return findings.length > 0 ? findings : [finding("links", "good", `${count(links.length, "link")}, all well formed`)];
}

function isBroken(url: string): boolean {
  if (/^(?:mailto|tel|sms):./i.test(url) || /^#./.test(url)) return false;
  return !(/^https?:\/\//i.test(url) && URL.canParse(url));
}
