import { type Html, html } from "./html.ts";

export const envelopeIcon: Html = html`<svg class="mark" viewBox="0 0 24 24" aria-hidden="true"><rect width="24" height="24" rx="6" class="mark-ground"/><path d="M5 8.2a1.2 1.2 0 0 1 1.2-1.2h11.6A1.2 1.2 0 0 1 19 8.2v7.6a1.2 1.2 0 0 1-1.2 1.2H6.2A1.2 1.2 0 0 1 5 15.8zM5.4 8l6.6 5 6.6-5" class="mark-line"/></svg>`;

const faviconSvg =
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24"><rect width="24" height="24" rx="6" fill="#2a55c6"/><path d="M5 8h14v9H5zl7 5 7-5" fill="none" stroke="#fff" stroke-width="1.6" stroke-linejoin="round"/></svg>';
export const favicon: string = `data:image/svg+xml,${encodeURIComponent(faviconSvg)}`;

export type Sign = "good" | "watch" | "bad" | "open";

const disc = "M8 1a7 7 0 1 1 0 14A7 7 0 0 1 8 1z";

/** A ground and the line on it. */
const signs: Readonly<Record<Sign, readonly [string, string]>> = {
  good: [disc, "m5 8.3 2.2 2.2L11.2 6"],
  watch: ["M8 1.4 15.2 14.4H.8z", "M8 6v3.8M8 11.9v.2"],
  bad: ["M5.2 1h5.6L15 5.2v5.6L10.8 15H5.2L1 10.8V5.2z", "m5.7 5.7 4.6 4.6m0-4.6-4.6 4.6"],
  open: [disc, "M5 8h6"],
};

/** A sign beside words that say the same: told apart by its shape, not by its colour. */
export function signIcon(sign: Sign): Html {
  const [ground, line] = signs[sign];
  return html`<svg class="sign ${sign}" viewBox="0 0 16 16" aria-hidden="true"><path d="${ground}" class="sign-ground"/><path d="${line}" class="sign-line"/></svg>`;
}
