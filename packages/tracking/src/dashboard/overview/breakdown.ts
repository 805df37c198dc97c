import { handedOver } from "../../stats.ts";
import type { Stats } from "../../tracker.ts";
import type { Format } from "../format.ts";
import { foreign, type Html, html } from "../html.ts";
import { table } from "../table.ts";

export interface Breakdown {
  readonly title: string;
  /** Of what has no name. */
  readonly unnamed: string;
  readonly groups: Stats["groups"];
}

const shownAtFirst = 8;
const shownAtMost = 200;

/** The most first; what is beyond the first few is folded away. */
export function breakdown({ title, unnamed, groups }: Breakdown, format: Format): Html {
  const sorted = groups.toSorted((a, b) => handedOver(b) - handedOver(a));
  const [first, more] = [sorted.slice(0, shownAtFirst), sorted.slice(shownAtFirst, shownAtMost)];
  const most = sorted[0] === undefined ? 0 : handedOver(sorted[0]);
  const left = sorted.length - first.length - more.length;
  if (first.length === 0)
    return html`<section class="panel"><h2>${title}</h2><p class="note">Nothing was sent.</p></section>`;
  return html`<section class="panel breakdown">
<h2>${title}</h2>
${tableOf(title, unnamed, first, most, format)}
${
  more.length > 0 &&
  html`<details><summary>${format.number(more.length)} more</summary>
${tableOf(`${title}, continued`, unnamed, more, most, format)}
${left > 0 && html`<p class="note">${format.number(left)} others with fewer mails are not shown.</p>`}
</details>`
}
</section>`;
}

function tableOf(caption: string, unnamed: string, groups: Stats["groups"], most: number, format: Format): Html {
  return table({
    caption,
    className: "groups",
    columns: [
      { label: "Name" },
      { label: "Mails", number: true },
      { label: "Delivered", number: true },
      { label: "Bounced", number: true },
      { label: "Complained", number: true },
      { label: "Opened", number: true },
    ],
    rows: groups.map((group) => {
      const mails = handedOver(group);
      const share = (count: number): Html =>
        html`<span title="${format.number(count)}">${mails === 0 ? "–" : format.percent(count / mails)}</span>`;
      return [
        html`${group.key === "" ? html`<span class="note">${unnamed}</span>` : foreign(group.key)}${bar(mails, most)}`,
        format.number(mails),
        share(group.delivered),
        share(group.bounced),
        share(group.complained),
        share(group.opened),
      ];
    }),
  });
}

function bar(value: number, most: number): Html {
  const width = most === 0 ? 0 : Math.round((1000 * value) / most) / 10;
  return html`<svg class="bar" aria-hidden="true"><rect width="${width}%" height="100%" rx="2"/></svg>`;
}
