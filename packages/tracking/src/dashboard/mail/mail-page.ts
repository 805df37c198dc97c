import { eventTypes } from "../../event-types.ts";
import type { MailStatus, RecipientStatus } from "../../tracker.ts";
import type { DashboardSource } from "../dashboard-source.ts";
import { eventBadge, eventName } from "../event-badge.ts";
import type { Format } from "../format.ts";
import { foreign, type Html, html } from "../html.ts";
import { link } from "../link.ts";
import type { Page } from "../page.ts";
import { table } from "../table.ts";
import { mailSearch } from "./mail-search.ts";
import { timeline } from "./timeline.ts";

/** How far one mail came. Asks the tracker twice. `undefined` page status 404 where nothing is known of it. */
export async function mailPage(
  source: DashboardSource,
  id: string,
  format: Format,
): Promise<{ readonly status: number; readonly page: Page }> {
  const [status, events] = await Promise.all([source.status(id), source.timeline(id)]);
  if (status === undefined && events.length === 0) return { status: 404, page: unknownMail(id) };
  const subject = status?.mail?.subject;
  const main = html`<p class="back"><a href="${link("mail")}">Newest events</a></p>
<h1 class="subject">${subject === undefined || subject === "" ? "Mail without a known subject" : foreign(subject)}</h1>
${facts(id, status, format)}
${status !== undefined && status.recipients.length > 0 && recipients(status.recipients, format)}
${timeline(events, format)}`;
  return { status: 200, page: { title: subject || "Mail", view: "mail", main } };
}

function unknownMail(id: string): Page {
  return {
    title: "Mail not found",
    view: "mail",
    main: html`<h1>Mail</h1>
${mailSearch(id)}
<section class="panel problem">
<h2>Nothing is known of this mail</h2>
<p>No mail with the id ${foreign(id)} went through this tracker, and no provider reported one. The id is that of the receipt, not the provider’s. It may also be older than events are kept.</p>
</section>`,
  };
}

function facts(id: string, status: MailStatus | undefined, format: Format): Html {
  const { mail } = status ?? {};
  const rows: readonly (readonly [string, Html | undefined])[] = [
    ["Id", html`<code>${foreign(id)}</code>`],
    ["Sent", mail && format.time(new Date(mail.at))],
    ["Transport", mail && foreign(mail.transport)],
    ["Provider’s id", code(mail?.providerId)],
    ["Message-ID", code(mail?.messageId)],
    [
      "Tags",
      mail && mail.tags.length > 0
        ? html`<ul class="chips">${mail.tags.map((tag) => html`<li>${foreign(tag)}</li>`)}</ul>`
        : undefined,
    ],
    ["Metadata", metadata(mail?.metadata)],
  ];
  return html`<section class="panel" aria-label="What was sent">
<dl class="facts">
${rows.map(
  ([name, value]) =>
    value !== undefined &&
    html`<div><dt>${name}</dt><dd>${value}</dd></div>
`,
)}</dl>
${mail === undefined && html`<p class="note">This mail was not sent through the tracker: only what providers reported is known.</p>`}
</section>`;
}

function code(value: string | undefined): Html | undefined {
  return value === undefined ? undefined : html`<code>${foreign(value)}</code>`;
}

function metadata(values: Readonly<Record<string, string>> | undefined): Html | undefined {
  const entries = Object.entries(values ?? {});
  if (entries.length === 0) return undefined;
  return html`<ul class="chips">${entries.map(([name, value]) => html`<li>${foreign(name)}: ${foreign(value)}</li>`)}</ul>`;
}

const shownRecipients = 200;

function recipients(statuses: readonly RecipientStatus[], format: Format): Html {
  const left = statuses.length - shownRecipients;
  return html`<section class="panel" aria-labelledby="recipients-title">
<h2 id="recipients-title">Recipients</h2>
${table({
  caption: "How far the mail came with each recipient",
  className: "recipients",
  columns: [
    { label: "Recipient" },
    { label: "State" },
    { label: "Since (UTC)" },
    { label: "Steps (UTC)" },
    { label: "Suppression" },
  ],
  rows: statuses
    .slice(0, shownRecipients)
    .map((status) => [
      foreign(status.recipient),
      html`${eventBadge(status.state, status.permanent)}${status.reason !== undefined && html` <span class="note">${status.reason}</span>`}`,
      format.moment(status.at),
      steps(status, format),
      html`<a class="keep" href="${link("suppressions", { prefix: status.recipient })}">Look up<span class="hidden"> ${status.recipient}</span></a>`,
    ]),
})}
${left > 0 && html`<p class="note">${format.number(left)} more recipients are not shown.</p>`}
</section>`;
}

function steps({ reached }: RecipientStatus, format: Format): Html {
  const times = eventTypes.flatMap((type) => {
    const at = reached[type];
    return at === undefined ? [] : [{ type, at }];
  });
  if (times.length === 0) return html`<span class="note">none yet</span>`;
  return html`<ul class="chips">${times
    .toSorted((a, b) => a.at.getTime() - b.at.getTime())
    .map(
      ({ type, at }) =>
        html`<li>${eventName(type)} <span class="note">${format.shortDay(at)}, ${format.hour(at)}</span></li>`,
    )}</ul>`;
}
