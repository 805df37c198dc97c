import { handedOver } from "../../stats.ts";
import type { MailCounts } from "../../tracker.ts";
import type { Format } from "../format.ts";
import { type Html, html } from "../html.ts";
import { nameOf } from "./line-chart.ts";
import { type ShownType, shownTypes } from "./overview-data.ts";

/** From here on numbers are shortened, such as `12.3M`; the whole number stands in the table. */
const shortFrom = 10_000_000;

export function tiles(total: MailCounts, format: Format): Html {
  return html`<ul class="tiles" aria-label="Totals">
${shownTypes.map(
  (type) => html`<li class="tile ${type}">
<span class="tile-name">${nameOf[type]}</span>
<span class="tile-value" title="${format.number(value(type, total))}">${shown(value(type, total), format)}</span>
<span class="tile-note">${noteOf(type, total, format)}</span>
</li>
`,
)}</ul>`;
}

function value(type: ShownType, total: MailCounts): number {
  return type === "sent" ? handedOver(total) : total[type];
}

function shown(value: number, format: Format): string {
  return value < shortFrom ? format.number(value) : format.short(value);
}

function noteOf(type: ShownType, total: MailCounts, format: Format): string {
  const mails = handedOver(total);
  if (type === "sent") return "one for each recipient";
  if (mails === 0) return "–";
  const share = format.percent(total[type] / mails);
  if (type !== "bounced" || total.bounced === 0) return `${share} of mails`;
  return `${share}, ${shown(total.hardBounced, format)} for good`;
}
