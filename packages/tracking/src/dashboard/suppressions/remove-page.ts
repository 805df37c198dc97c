import type { SuppressionEntry, SuppressionReason } from "@mail/core";
import { seeOther } from "../answer.ts";
import type { DashboardSource } from "../dashboard-source.ts";
import type { Format } from "../format.ts";
import { foreign, html } from "../html.ts";
import { link } from "../link.ts";
import type { Page } from "../page.ts";
import { choiceOf, cleanText } from "../query-text.ts";
import { fieldOf, readForm } from "../read-form.ts";
import { type Done, maxAddress, reasonBadge, scopeText } from "./list-page.ts";
import { reasons } from "./reasons.ts";

const maxFormBytes = 16 * 1024;
const maxScope = 1000;

interface Chosen {
  readonly address: string;
  readonly reason: SuppressionReason | undefined;
  readonly scope: string;
}

const warnings: Readonly<Record<SuppressionReason, string>> = {
  bounced: "Its server said that the address does not exist. Mail to it will bounce again, unless that has changed.",
  complained: "This person called a mail of yours spam. Mail them again only if they ask for it.",
  unsubscribed: "This person does not want such mail. Mail them again only if they ask for it.",
  manual: "Somebody put it on the list by hand.",
};

/** Asks before an entry is removed. Asks the list once. */
export async function removePage(
  source: DashboardSource,
  query: URLSearchParams,
  format: Format,
): Promise<Page | undefined> {
  const chosen = readChosen((name) => query.get(name));
  if (chosen.address === "") return undefined;
  const entries = await source.suppressions.get(chosen.address);
  const entry = entries.find(({ reason, scope }) => reason === chosen.reason && scope === chosen.scope);
  return entry === undefined ? undefined : confirmation(entry, format);
}

function confirmation({ address, reason, scope, at, note }: SuppressionEntry, format: Format): Page {
  return {
    title: "Remove an address",
    view: "suppressions",
    main: html`<p class="back"><a href="${link("suppressions")}">Suppressions</a></p>
<section class="panel narrow">
<h1>Mail this address again?</h1>
<dl class="facts">
<div><dt>Address</dt><dd>${foreign(address)}</dd></div>
<div><dt>Reason</dt><dd>${reasonBadge(reason)}</dd></div>
<div><dt>Scope</dt><dd>${scopeText(scope)}</dd></div>
<div><dt>Since</dt><dd>${format.time(new Date(at))}</dd></div>
${note !== undefined && html`<div><dt>Note</dt><dd>${foreign(note)}</dd></div>`}
</dl>
<p>${warnings[reason]}</p>
<form method="post" action="${link("unsuppress")}">
<input type="hidden" name="address" value="${address}">
<input type="hidden" name="reason" value="${reason}">
<input type="hidden" name="scope" value="${scope}">
<p class="actions"><button class="button danger">Remove</button> <a class="button" href="${link("suppressions")}">Keep</a></p>
</form>
</section>`,
  };
}

export async function removeSuppression(source: DashboardSource, request: Request): Promise<Response> {
  const form = await readForm(request, maxFormBytes);
  const { address, reason, scope } = readChosen((name) => fieldOf(form, name));
  const removed =
    address === "" || reason === undefined ? 0 : await source.suppressions.remove(address, { reason, scope });
  const done: Done = removed > 0 ? "removed" : "gone";
  return seeOther(link("suppressions", { done }));
}

function readChosen(value: (name: string) => string | null): Chosen {
  return {
    address: cleanText(value("address"), maxAddress),
    reason: choiceOf(value("reason"), reasons),
    scope: cleanText(value("scope"), maxScope),
  };
}
