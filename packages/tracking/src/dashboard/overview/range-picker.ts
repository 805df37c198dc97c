import type { Format } from "../format.ts";
import { type Html, html } from "../html.ts";
import { link } from "../link.ts";
import { dayOf, describeRange, lastDayOf, presets, type TimeRange } from "./time-range.ts";

export function rangePicker(range: TimeRange, problem: string | undefined, format: Format): Html {
  const custom = range.key === "custom" || problem !== undefined;
  return html`<div class="range">
<nav class="segments" aria-label="Time">
${presets.map(
  ({ key, label }) =>
    html`<a href="${link("overview", { range: key })}"${key === range.key && html` aria-current="true"`}>${label}</a>
`,
)}</nav>
<details class="custom"${custom && html` open`}>
<summary>Other days</summary>
<form method="get" class="inline-form">
<input type="hidden" name="view" value="overview">
<label>From <input type="date" name="from" value="${dayOf(range.since)}" required></label>
<label>To <input type="date" name="to" value="${lastDayOf(range)}" required></label>
<button class="button">Show</button>
</form>
</details>
<p class="range-text">${describeRange(range, format)}</p>
</div>
${problem !== undefined && html`<p class="alert bad" role="alert">${problem} These are the last 30 days.</p>`}`;
}
