import type { StoredEvent } from "@mail/core";
import { eventTypes } from "../../event-types.ts";
import type { DashboardSource } from "../dashboard-source.ts";
import { eventBadge, eventName } from "../event-badge.ts";
import type { Format } from "../format.ts";
import { foreign, type Html, html } from "../html.ts";
import { link } from "../link.ts";
import type { Page } from "../page.ts";
import { choiceOf, cursorOf } from "../query-text.ts";
import { table } from "../table.ts";
import { mailSearch } from "./mail-search.ts";

const pageSize = 50;

/** The newest events. Asks the tracker once. */
export async function eventsPage(source: DashboardSource, query: URLSearchParams, format: Format): Promise<Page> {
  const type = choiceOf(query.get("type"), eventTypes);
  const before = cursorOf(query, "before");
  const { events, next } = await source.recent({ type, limit: pageSize, before });
  return {
    title: "Mail",
    view: "mail",
    main: html`<h1>Mail</h1>
${mailSearch("")}
<section class="panel" aria-labelledby="events-title">
<div class="panel-head">
<h2 id="events-title">${before === undefined ? "Newest events" : "Earlier events"} <span class="note aside">times in UTC</span></h2>
<form method="get" class="inline-form">
<input type="hidden" name="view" value="mail">
<label>Show <select name="type"><option value="">all events</option>${eventTypes.map(
      (name) =>
        html`<option value="${name}"${name === type && html` selected`}>${eventName(name).toLowerCase()}</option>`,
    )}</select></label>
<button class="button">Apply</button>
</form>
</div>
${events.length === 0 ? html`<p class="note">${nothing(type, before)}</p>` : eventTable(events, format)}
<nav class="pager" aria-label="Pages of events">
${before !== undefined && html`<a class="button" href="${link("mail", { type })}">Newest</a>`}
${next !== undefined && html`<a class="button" href="${link("mail", { type, before: next })}">Earlier</a>`}
</nav>
</section>`,
  };
}

function nothing(type: string | undefined, before: string | undefined): string {
  if (before !== undefined) return "There is nothing earlier.";
  return type === undefined ? "No provider reported anything yet." : `No mail was ${type} so far.`;
}

function eventTable(events: readonly StoredEvent[], format: Format): Html {
  return table({
    caption: "Events, the last stored first",
    className: "events",
    columns: [
      { label: "Time" },
      { label: "Event" },
      { label: "Recipient" },
      { label: "What was said" },
      { label: "Mail" },
    ],
    rows: events.map((event) => [
      format.moment(event.at),
      eventBadge(event.type, event.permanent),
      event.recipient === undefined ? html`<span class="note">none named</span>` : foreign(event.recipient),
      html`<span class="said">${said(event)}</span>`,
      mailLink(event),
    ]),
  });
}

/** The most telling of what the event says. */
function said({ response, url, detail, reason, provider }: StoredEvent): Html {
  const text = response ?? url ?? detail ?? reason;
  return text === undefined ? html`<span class="note">by ${foreign(provider)}</span>` : foreign(text);
}

function mailLink({ mailId, recipient }: StoredEvent): Html {
  if (mailId === undefined) return html`<span class="note keep">not recorded</span>`;
  const whose = recipient === undefined ? "" : ` to ${recipient}`;
  return html`<a class="keep" href="${link("mail", { id: mailId })}">Timeline<span class="hidden"> of the mail${whose}</span></a>`;
}
