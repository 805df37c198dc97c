import type { Format } from "../format.ts";
import { type Html, html } from "../html.ts";
import type { ShownType, StepCounts } from "./overview-data.ts";
import { roundTicks } from "./scale.ts";
import type { TimeRange } from "./time-range.ts";

export interface Chart {
  /** Unique in the page. */
  readonly id: string;
  readonly title: string;
  /** The first has an area below it. */
  readonly types: readonly ShownType[];
}

const labelsBelow = 4;

/**
 * Lines over time, each with a dash pattern of its own. Positions are percentages, so that lines stretch with the page
 * while letters keep their size; a nested drawing does the stretching. Tooltips are the browser's own.
 */
export function lineChart(chart: Chart, steps: readonly StepCounts[], range: TimeRange, format: Format): Html {
  const { id, title, types } = chart;
  const ticks = roundTicks(Math.max(...steps.flatMap(({ counts }) => types.map((type) => counts[type]))));
  const top = ticks.at(-1) ?? 1;
  const x = (index: number): number => (steps.length === 1 ? 50 : (100 * index) / (steps.length - 1));
  const y = (value: number): number => 100 - (100 * value) / top;
  const pathOf = (type: ShownType, from = 0, to = steps.length): string =>
    steps
      .map(({ counts }, index) => `${round(x(index))} ${round(y(counts[type]))}`)
      .slice(from, to)
      .map((point, index) => `${index === 0 ? "M" : "L"}${point}`)
      .join("");
  // The way to a step that goes on says little.
  const settled = range.running && steps.length > 1 ? steps.length - 1 : steps.length;
  return html`<figure class="chart">
<figcaption>
<h3 id="${id}-title">${title}</h3>
<ul class="legend">${types.map(
    (type) =>
      html`<li><svg class="sample ${type}" viewBox="0 0 24 8" aria-hidden="true"><path d="M1 4h22" class="line"/></svg>${nameOf[type]}</li>`,
  )}</ul>
</figcaption>
<div class="plot">
<svg role="img" aria-labelledby="${id}-title" aria-describedby="${id}-desc">
<desc id="${id}-desc">${describe(chart, steps, range, format)}</desc>
${ticks.map(
  (tick) =>
    html`<line x1="0" x2="100%" y1="${round(y(tick))}%" y2="${round(y(tick))}%" class="${tick === 0 ? "floor" : "grid"}"/><text x="-8" y="${round(y(tick))}%" dy="0.32em" class="tick">${format.short(tick)}</text>`,
)}
${xLabels(steps, range, format).map(
  ({ index, anchor, text }) =>
    html`<text x="${round(x(index))}%" y="100%" dy="18" text-anchor="${anchor}">${text}</text>`,
)}
<svg viewBox="0 0 100 100" preserveAspectRatio="none" class="lines">
${types.map(
  (type, index) =>
    html`<g class="${type}">${index === 0 && steps.length > 1 && html`<path d="${pathOf(type)}L100 100L0 100Z" class="area"/>`}<path d="${pathOf(type, 0, settled)}" class="line"/>${settled < steps.length && html`<path d="${pathOf(type, settled - 1)}" class="line running"/>`}</g>`,
)}
</svg>
${steps.length === 1 && types.map((type, index) => html`<circle cx="50%" cy="${round(y(steps[0]?.counts[type] ?? 0))}%" r="4" class="dot ${type}${index > 0 && " filled"}"/>`)}
${steps.map((step, index) => hitArea(step, index, steps.length, types, range, format))}
</svg>
</div>
</figure>`;
}

export const nameOf: Readonly<Record<ShownType, string>> = {
  sent: "Sent",
  delivered: "Delivered",
  opened: "Opened",
  clicked: "Clicked",
  bounced: "Bounced",
  complained: "Complained",
};

/** What a step is called. */
export function stepLabel({ since }: StepCounts["step"], range: TimeRange, format: Format): string {
  return range.key === "24h" ? `${format.day(since)}, ${format.hour(since)}` : format.day(since);
}

/** Shown while the pointer is over its part of the time. */
function hitArea(
  { step, counts }: StepCounts,
  index: number,
  count: number,
  types: readonly ShownType[],
  range: TimeRange,
  format: Format,
): Html {
  const width = count === 1 ? 100 : 100 / (count - 1);
  const left = count === 1 ? 0 : Math.max(0, (index - 0.5) * width);
  const right = Math.min(100, (index + 0.5) * width);
  const texts = types.map((type) => `${nameOf[type]}: ${format.number(counts[type])}`);
  return html`<rect x="${round(left)}%" y="0" width="${round(right - left)}%" height="100%" class="hit"><title>${stepLabel(step, range, format)}
${texts.join("\n")}</title></rect>
`;
}

function xLabels(
  steps: readonly StepCounts[],
  range: TimeRange,
  format: Format,
): readonly { readonly index: number; readonly anchor: string; readonly text: string }[] {
  const last = steps.length - 1;
  const parts = Math.min(labelsBelow - 1, last);
  const indexes = parts < 1 ? [0] : Array.from({ length: parts + 1 }, (_, part) => Math.round((part * last) / parts));
  return indexes.map((index) => {
    const since = steps[index]?.step.since ?? range.since;
    const anchor = last === 0 ? "middle" : index === 0 ? "start" : index === last ? "end" : "middle";
    return { index, anchor, text: range.key === "24h" ? format.hour(since) : format.shortDay(since) };
  });
}

function describe({ types }: Chart, steps: readonly StepCounts[], range: TimeRange, format: Format): string {
  const texts = types.map((type) => {
    const total = steps.reduce((sum, { counts }) => sum + counts[type], 0);
    const peak = steps.reduce((best, step) => (step.counts[type] > best.counts[type] ? step : best));
    const most =
      total === 0 ? "" : `, most on ${stepLabel(peak.step, range, format)} (${format.number(peak.counts[type])})`;
    return `${nameOf[type]}: ${format.number(total)} in all${most}.`;
  });
  return `${texts.join(" ")} All numbers are in the table below the charts.`;
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
