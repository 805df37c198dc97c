import type { Bar } from "./bench-case.ts";
import type { Finding } from "./markdown.ts";
import { ratioText } from "./statistics.ts";

const width = 760;
const labelWidth = 300;
const barHeight = 16;
const barGap = 5;
const groupGap = 22;
const titleHeight = 22;
const margin = 16;
const barsWidth = width - labelWidth - 2 * margin - 56;

/** Colours that are read on white and on dark pages; ours stands out. */
const style = `
  text { font: 12px system-ui, sans-serif; fill: #1f2328 }
  .title { font-weight: 600 }
  .value { font-variant-numeric: tabular-nums }
  .bar { fill: #9aa4af }
  .ours { fill: #0969da }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3 }
    .bar { fill: #6e7681 }
    .ours { fill: #4493f8 }
  }`;

/** Bars of all cases that have them: how many times as fast as the rival, which is 1. */
export function picture(findings: readonly Finding[]): string {
  const shapes: string[] = [];
  let y = margin;
  for (const { bench, result } of findings) {
    const { bars = [] } = result;
    if (bars.length === 0) continue;
    const longest = Math.max(...bars.map(({ ratio }) => ratio));
    shapes.push(`<text class="title" x="${margin}" y="${y + 13}">${escaped(plain(bench.title))}</text>`);
    y += titleHeight;
    for (const bar of bars) {
      shapes.push(...barShapes(bar, longest, y));
      y += barHeight + barGap;
    }
    y += groupGap - barGap;
  }
  const height = y - groupGap + barGap + margin;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="Mails a second, as multiples of the rival's">`,
    `<style>${style}\n</style>`,
    ...shapes,
    "</svg>\n",
  ].join("\n");
}

function barShapes({ label, ratio }: Bar, longest: number, y: number): readonly string[] {
  const x = margin + labelWidth;
  const length = (barsWidth * ratio) / longest;
  const text = y + barHeight - 4;
  return [
    `<text x="${x - 8}" y="${text}" text-anchor="end">${escaped(plain(label))}</text>`,
    `<rect class="${label.startsWith("@mail/") ? "ours" : "bar"}" x="${x}" y="${y}" width="${length.toFixed(1)}" height="${barHeight}" rx="2"/>`,
    `<text class="value" x="${(x + length + 6).toFixed(1)}" y="${text}">${ratioText(ratio)} ×</text>`,
  ];
}

function plain(markdown: string): string {
  return markdown.replaceAll("`", "");
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
}
