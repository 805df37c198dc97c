import type { FoundImage } from "./find-images.ts";
import { count, type Finding, finding } from "./finding.ts";

export function checkImages(images: readonly FoundImage[]): readonly Finding[] {
  if (images.length === 0) return [];
  const of = (kind: FoundImage["kind"]) => images.filter((image) => image.kind === kind).map(({ url }) => url);
  const bare = images.filter(({ alt, pixel }) => alt === undefined && !pixel).map(({ url }) => url);
  const plain = of("remote").filter((url) => /^http:/i.test(url));
  const groups: readonly [readonly string[], Finding["level"], string, string][] = [
    [of("missing"), "warning", "without its attachment", "No attachment has this content id."],
    [of("other"), "warning", "no reader can load", "Write whole addresses, or attach the image and use cid:."],
    [
      bare,
      "note",
      "without alternative text",
      'Write alt="…", or alt="" for decoration: many clients block images at first.',
    ],
    [of("data"), "note", "inside the HTML", "Gmail and Outlook show no data: images; attach them and use cid:."],
    [plain, "note", "without TLS", "Write https://; some clients do not load others."],
  ];
  const findings = groups
    .filter(([found]) => found.length > 0)
    .map(([found, level, title, detail]) =>
      finding("images", level, `${count(found.length, "image")} ${title}`, detail, found),
    );
  return findings.length > 0 ? findings : [finding("images", "good", `${count(images.length, "image")}, all in order`)];
}
