import type { StoredEvent } from "@mail/core";
import { eventBadge } from "../event-badge.ts";
import type { Format } from "../format.ts";
import { foreign, type Html, html } from "../html.ts";

const shownAtMost = 200;
const maxRawLength = 10_000;

/** All events of a mail in the order of time, each with what its provider wrote. */
export function timeline(events: readonly StoredEvent[], format: Format): Html {
  const left = events.length - shownAtMost;
  return html`<section class="panel" aria-labelledby="timeline-title">
<h2 id="timeline-title">Timeline</h2>
${events.length === 0 && html`<p class="note">Nothing was reported of this mail so far.</p>`}
<ol class="timeline">
${events.slice(0, shownAtMost).map((event) => entry(event, format))}
</ol>
${left > 0 && html`<p class="note">${format.number(left)} later events are not shown.</p>`}
</section>`;
}

function entry(event: StoredEvent, format: Format): Html {
  const facts: readonly (readonly [string, string | undefined])[] = [
    ["Reason", event.reason],
    ["Provider’s word", event.detail],
    ["Server’s answer", event.response],
    ["Link", event.url],
    ["Program", event.userAgent],
    ["Address", event.ip],
    ["Signature", event.unsigned === true ? "none: anybody may have written this" : undefined],
  ];
  const known = facts.filter(([, value]) => value !== undefined && value !== "");
  return html`<li>
<p class="happened">${eventBadge(event.type, event.permanent)} ${event.recipient !== undefined && foreign(event.recipient)} <span class="note">${format.time(event.at)}, by ${foreign(event.provider)}</span></p>
${known.length > 0 && html`<dl class="facts small">${known.map(([name, value]) => html`<div><dt>${name}</dt><dd>${foreign(value ?? "")}</dd></div>`)}</dl>`}
<details><summary>As ${foreign(event.provider)} wrote it</summary><pre tabindex="0"><code>${rawText(event.raw)}</code></pre></details>
</li>
`;
}

function rawText(raw: unknown): string {
  const text = JSON.stringify(raw ?? null, null, 2);
  const left = text.length - maxRawLength;
  return left > 0 ? `${text.slice(0, maxRawLength)}\n… ${left} more characters` : text;
}
