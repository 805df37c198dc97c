import { type Html, html } from "./html.ts";

export interface Field {
  /** Unique in the page; the element must have it as `id`, and `<id>-hint` as its description where there is a hint. */
  readonly id: string;
  readonly label: string;
  readonly element: Html;
  readonly hint?: string;
}

/** An element of a form with its name above and what to know below. */
export function field({ id, label, element, hint }: Field): Html {
  return html`<div class="field"><label for="${id}">${label}</label>${element}${hint !== undefined && html`<small id="${id}-hint">${hint}</small>`}</div>
`;
}
