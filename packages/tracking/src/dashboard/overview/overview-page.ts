import type { DashboardSource } from "../dashboard-source.ts";
import type { Format } from "../format.ts";
import { type Html, html } from "../html.ts";
import { link } from "../link.ts";
import type { Page } from "../page.ts";
import { table } from "../table.ts";
import { breakdown } from "./breakdown.ts";
import { firstSteps } from "./first-steps.ts";
import { health } from "./health.ts";
import { type Chart, lineChart, nameOf, stepLabel } from "./line-chart.ts";
import { loadOverview, type OverviewData, shownTypes } from "./overview-data.ts";
import { rangePicker } from "./range-picker.ts";
import { tiles } from "./tiles.ts";
import { readTimeRange, type TimeRange } from "./time-range.ts";

const charts: readonly Chart[] = [
  { id: "volume", title: "Sent and delivered", types: ["sent", "delivered"] },
  { id: "engagement", title: "Opened and clicked", types: ["opened", "clicked"] },
  { id: "trouble", title: "Bounced and complained", types: ["bounced", "complained"] },
];

/** Asks the tracker 4 times, 27 times for hours, and once more where there is nothing. */
export async function overviewPage(source: DashboardSource, query: URLSearchParams, format: Format): Promise<Page> {
  const { range, problem } = readTimeRange(query, new Date());
  const data = await loadOverview(source, range);
  const empty = shownTypes.every((type) => data.total[type] === 0);
  return {
    title: "Overview",
    view: "overview",
    main: html`<h1 class="hidden">Overview</h1>
${rangePicker(range, problem, format)}
${empty ? await nothingToShow(source) : numbers(data, range, format)}`,
  };
}

function numbers(data: OverviewData, range: TimeRange, format: Format): Html {
  return html`${tiles(data.total, format)}
<section class="charts" aria-labelledby="charts-title">
<h2 id="charts-title" class="hidden">Over time</h2>
<div class="chart-grid">
${charts.map((chart) => lineChart(chart, data.steps, range, format))}
</div>
<details class="numbers"><summary>The same as a table</summary>
${stepTable(data, range, format)}
</details>
</section>
${health(data.total, format)}
<div class="columns">
${breakdown({ title: "By transport", unnamed: "not recorded", groups: data.transports }, format)}
${breakdown({ title: "By tag", unnamed: "no tag", groups: data.tags }, format)}
</div>
${breakdown({ title: "By recipient’s domain", unnamed: "unknown", groups: data.domains }, format)}`;
}

function stepTable({ steps }: OverviewData, range: TimeRange, format: Format): Html {
  return table({
    caption: `Numbers by ${range.key === "24h" ? "hour" : "day"}, newest first`,
    className: "step-table",
    columns: [
      { label: range.key === "24h" ? "Hour (UTC)" : "Day (UTC)" },
      ...shownTypes.map((type) => ({ label: nameOf[type], number: true })),
    ],
    rows: steps
      .toReversed()
      .map(({ step, counts }) => [
        html`<time datetime="${step.since.toISOString()}">${stepLabel(step, range, format)}</time>`,
        ...shownTypes.map((type) => format.number(counts[type])),
      ]),
  });
}

async function nothingToShow(source: DashboardSource): Promise<Html> {
  const { events } = await source.recent({ limit: 1 });
  if (events.length === 0) return firstSteps();
  return html`<section class="panel empty">
<h2>Nothing happened in this time</h2>
<p>There are events from other times: <a href="${link("overview", { range: "90d" })}">show the last 90 days</a> or <a href="${link("mail")}">the newest events</a>.</p>
</section>`;
}
