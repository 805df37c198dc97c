import type { SuppressionEntry, SuppressionReason } from "@mail/core";
import type { DashboardSource } from "../dashboard-source.ts";
import type { Format } from "../format.ts";
import { foreign, type Html, html } from "../html.ts";
import { link } from "../link.ts";
import { notice } from "../notice.ts";
import type { Page } from "../page.ts";
import { choiceOf, cleanText, cursorOf } from "../query-text.ts";
import { table } from "../table.ts";
import { reasonNames, reasons } from "./reasons.ts";

const pageSize = 50;
export const maxAddress = 320;

/** What was done before; the page it leads to says so. */
const doneTexts = {
  added: "The address is on the list.",
  known: "The address was on the list already.",
  removed: "The address was taken off the list.",
  gone: "That was not on the list any more.",
} as const;

export type Done = keyof typeof doneTexts;

/** Asks the list twice. */
export async function suppressionsPage(source: DashboardSource, query: URLSearchParams, format: Format): Promise<Page> {
  const filter = readFilter(query);
  const after = cursorOf(query, "after");
  const [counts, { entries, next }] = await Promise.all([
    source.suppressions.counts(),
    source.suppressions.list({ ...filter, limit: pageSize, after }),
  ]);
  const done = choiceOf(query.get("done"), Object.keys(doneTexts) as Done[]);
  return {
    title: "Suppressions",
    view: "suppressions",
    main: html`<div class="page-head">
<h1>Suppressions</h1>
<p class="actions"><a class="button primary" href="${link("suppress")}">Add an address</a> <a class="button" href="${link("import")}">Import CSV</a> <a class="button" href="${link("export", filter)}" download>Export CSV</a></p>
</div>
<p class="lead">Addresses that are not mailed. Hard bounces, complaints and unsubscribes come here by themselves.</p>
${done !== undefined && notice("good", doneTexts[done])}
${countTiles(counts, filter.reason, format)}
<section class="panel" aria-labelledby="list-title">
<div class="panel-head">
<h2 id="list-title">Addresses</h2>
${filterForm(filter)}
</div>
${entries.length === 0 ? html`<p class="note">${nothing(filter, after)}</p>` : entryTable(entries, format)}
<nav class="pager" aria-label="Pages of addresses">
${after !== undefined && html`<a class="button" href="${link("suppressions", filter)}">First page</a>`}
${next !== undefined && html`<a class="button" href="${link("suppressions", { ...filter, after: next })}">Next page</a>`}
</nav>
</section>`,
  };
}

interface Filter extends Readonly<Record<string, string | undefined>> {
  readonly prefix: string | undefined;
  readonly reason: SuppressionReason | undefined;
}

export function readFilter(query: URLSearchParams): Filter {
  const prefix = cleanText(query.get("prefix"), maxAddress);
  return { prefix: prefix || undefined, reason: choiceOf(query.get("reason"), reasons) };
}

function nothing({ prefix, reason }: Filter, after: string | undefined): string {
  if (after !== undefined) return "There are no more.";
  return prefix === undefined && reason === undefined ? "No address is suppressed." : "No address matches.";
}

function countTiles(
  counts: Readonly<Record<SuppressionReason, number>>,
  chosen: SuppressionReason | undefined,
  format: Format,
): Html {
  return html`<ul class="tiles four" aria-label="How many for each reason">
${reasons.map(
  (
    reason,
  ) => html`<li class="tile plain"><a href="${link("suppressions", { reason })}"${reason === chosen && html` aria-current="true"`}>
<span class="tile-name">${reasonNames[reason]}</span>
<span class="tile-value">${format.number(counts[reason])}</span>
</a></li>
`,
)}</ul>`;
}

function filterForm({ prefix, reason }: Filter): Html {
  return html`<form method="get" class="inline-form" role="search">
<input type="hidden" name="view" value="suppressions">
<label>Begins with <input type="search" name="prefix" value="${prefix}" maxlength="${maxAddress}" autocomplete="off" spellcheck="false"></label>
<label>Reason <select name="reason"><option value="">any</option>${reasons.map(
    (name) => html`<option value="${name}"${name === reason && html` selected`}>${reasonNames[name]}</option>`,
  )}</select></label>
<button class="button">Apply</button>
</form>`;
}

function entryTable(entries: readonly SuppressionEntry[], format: Format): Html {
  return table({
    caption: "Suppressed addresses",
    className: "entries",
    columns: [
      { label: "Address" },
      { label: "Reason" },
      { label: "Scope" },
      { label: "Since" },
      { label: "Until" },
      { label: "Note" },
      { label: "Remove", quiet: true },
    ],
    rows: entries.map((entry) => [
      foreign(entry.address),
      reasonBadge(entry.reason),
      scopeText(entry.scope),
      format.date(new Date(entry.at)),
      entry.expiresAt === undefined ? "–" : format.date(new Date(entry.expiresAt)),
      html`<span class="said">${entry.note === undefined ? "" : foreign(entry.note)}${entry.mailId !== undefined && html` <a href="${link("mail", { id: entry.mailId })}">Timeline<span class="hidden"> of the mail to ${entry.address}</span></a>`}</span>`,
      html`<a class="button small" href="${removeLink(entry)}">Remove<span class="hidden"> ${entry.address}, ${reasonNames[entry.reason]}</span></a>`,
    ]),
  });
}

export function reasonBadge(reason: SuppressionReason): Html {
  const tone = reason === "complained" || reason === "bounced" ? "bad" : "neutral";
  return html`<span class="badge ${tone}">${reasonNames[reason]}</span>`;
}

export function scopeText(scope: string): Html {
  return scope === "" ? html`<span class="note keep">all mail</span>` : foreign(scope);
}

function removeLink({ address, reason, scope }: SuppressionEntry): string {
  return link("unsuppress", { address, reason, scope });
}
