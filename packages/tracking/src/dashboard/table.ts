import { type Html, type HtmlValue, html } from "./html.ts";

interface Column {
  readonly label: string;
  /** Numbers stand at the right. */
  readonly number?: boolean;
  /** Not written above the column, such as over buttons. */
  readonly quiet?: boolean;
}

export interface TableOptions {
  readonly caption: string;
  /** Shown above the table; otherwise for screen readers alone. */
  readonly captionShown?: boolean;
  /** The first holds each row's name. */
  readonly columns: readonly Column[];
  readonly rows: readonly (readonly HtmlValue[])[];
  readonly className?: string;
}

/** On a phone each row becomes a block with its columns' names in it; the roles keep it a table for screen readers. */
export function table({ caption, captionShown = false, columns, rows, className = "" }: TableOptions): Html {
  return html`<table role="table" class="table ${className}">
<caption${!captionShown && html` class="hidden"`}>${caption}</caption>
<thead role="rowgroup"><tr role="row">${columns.map(
    ({ label, number, quiet }) =>
      html`<th role="columnheader" scope="col"${number === true && html` class="number"`}>${quiet === true ? html`<span class="hidden">${label}</span>` : label}</th>`,
  )}</tr></thead>
<tbody role="rowgroup">
${rows.map(
  (row) => html`<tr role="row">${row.map((cell, index) => cellOf(cell, index, columns[index]))}</tr>
`,
)}</tbody>
</table>`;
}

function cellOf(cell: HtmlValue, index: number, column: Column | undefined): Html {
  const className = column?.number === true && html` class="number"`;
  if (index === 0) return html`<th role="rowheader" scope="row"${className}>${cell}</th>`;
  return html`<td role="cell"${className} data-label="${column?.quiet === true ? "" : column?.label}">${cell}</td>`;
}
