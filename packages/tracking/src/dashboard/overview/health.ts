import { handedOver } from "../../stats.ts";
import type { MailCounts } from "../../tracker.ts";
import type { Format } from "../format.ts";
import { type Html, html } from "../html.ts";
import { type Sign, signIcon } from "../icons.ts";
import { bounceLimits, complaintLimits, type LimitSource, type RateLimit } from "./rate-limits.ts";
import { type Judged, judge, type Verdict } from "./verdict.ts";

interface Rate {
  readonly title: string;
  /** One and many. */
  readonly cases: readonly [string, string];
  readonly count: number;
  readonly limits: readonly RateLimit[];
  readonly advice: string;
  readonly note: string;
}

/** Bounces and complaints beside the limits of those who act on them. */
export function health(total: MailCounts, format: Format): Html {
  const rates: readonly Rate[] = [
    {
      title: "Hard bounces",
      cases: ["hard bounce", "hard bounces"],
      count: total.hardBounced,
      limits: bounceLimits,
      advice: "Mail only addresses that people gave you, confirm new ones, and keep the suppression list on.",
      note: "Addresses that will not take mail later either. Full mailboxes and other passing trouble do not count.",
    },
    {
      title: "Complaints",
      cases: ["complaint", "complaints"],
      count: total.complained,
      limits: complaintLimits,
      advice: "Mail only people who asked for it, say why they get it, and make it easy to unsubscribe.",
      note: "People who pressed “spam”, as far as it is reported. Gmail does not report it: its own numbers are in Google Postmaster Tools.",
    },
  ];
  return html`<section class="panel health" aria-labelledby="health-title">
<h2 id="health-title">Reputation</h2>
<div class="rates">
${rates.map((rate) => rateBlock(rate, handedOver(total), format))}
</div>
<p class="sources">Limits as published: ${sourcesOf([...bounceLimits, ...complaintLimits])}</p>
</section>`;
}

const signs: Readonly<Record<Verdict, Sign>> = { good: "good", watch: "watch", bad: "bad", few: "open" };

function rateBlock(rate: Rate, mails: number, format: Format): Html {
  const judged = judge(rate.count, mails, rate.limits);
  const share = mails === 0 ? 0 : rate.count / mails;
  const [headline, text] = words(judged, rate, mails, format);
  return html`<section class="rate ${judged.verdict}">
<h3>${rate.title}</h3>
<p class="rate-value">${mails === 0 ? "–" : format.percent(share)}</p>
<p class="verdict">${signIcon(signs[judged.verdict])}<strong>${headline}</strong></p>
${gauge(share, rate, format)}
<p>${text}</p>
<ul class="limits">${rate.limits.map(
    ({ who, share: limit, consequence }) => html`<li><b>${format.limit(limit)}</b> ${who} ${consequence}</li>`,
  )}</ul>
<p class="note">${rate.note}</p>
</section>
`;
}

function words(judged: Judged, rate: Rate, mails: number, format: Format): readonly [string, string] {
  const [one, many] = rate.cases;
  const counted = `${format.number(rate.count)} ${rate.count === 1 ? one : many} of ${format.number(mails)} mails.`;
  if (judged.verdict === "few") {
    const needed = `Below ${format.number(judged.mailsNeeded)} mails a single ${one} weighs too much to judge by.`;
    return ["Too few mails to tell", `${counted} ${needed}`];
  }
  if (judged.reached === undefined) return ["Below all limits", counted];
  const { who, share, consequence } = judged.reached;
  const reached = `At ${format.limit(share)} ${who} ${consequence}.`;
  const headline = judged.verdict === "bad" ? "Far too many: act now" : "Too many: find out why";
  return [headline, `${counted} ${reached} ${rate.advice}`];
}

/** From nothing to the highest limit and a quarter more; a higher rate stays at the end. */
function gauge(share: number, { limits }: Rate, format: Format): Html {
  const end = (limits.at(-1)?.share ?? 1) * 1.25;
  const at = (value: number): string => `${Math.min(100, Math.round((10_000 * value) / end) / 100)}%`;
  const marks = [...new Set(limits.map((limit) => limit.share))];
  return html`<svg class="gauge" aria-hidden="true">
<rect x="0" y="6" width="100%" height="8" rx="4" class="gauge-ground"/>
<rect x="0" y="6" width="${at(share)}" height="8" rx="4" class="gauge-value"/>
${marks.map((mark) => html`<line x1="${at(mark)}" x2="${at(mark)}" y1="2" y2="18" class="gauge-mark"/><text x="${at(mark)}" y="31" text-anchor="middle">${format.limit(mark)}</text>`)}
</svg>`;
}

function sourcesOf(limits: readonly RateLimit[]): Html {
  const sources = new Map<string, LimitSource>(limits.map(({ source }) => [source.url, source]));
  return html`${[...sources.values()].map(
    ({ name, url }, index) => html`${index > 0 && ", "}<a href="${url}" rel="noreferrer">${name}</a>`,
  )}.`;
}
