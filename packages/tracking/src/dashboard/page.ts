import { foreign, type Html, html } from "./html.ts";
import { envelopeIcon, favicon } from "./icons.ts";
import { link, type View } from "./link.ts";

export interface Page {
  /** Of the view, in the window's title. */
  readonly title: string;
  /** Marked in the navigation. */
  readonly view?: View;
  readonly main: Html;
}

export type Layout = (page: Page) => Html;

const sections: readonly (readonly [View, string])[] = [
  ["overview", "Overview"],
  ["mail", "Mail"],
  ["suppressions", "Suppressions"],
];

export function createLayout(name: string): Layout {
  return ({ title, view, main }) => html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>${title} · ${name}</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<link rel="icon" href="${favicon}">
<link rel="stylesheet" href="${link("style")}">
</head>
<body>
<a class="skip" href="#main">Skip to the content</a>
<header class="top">
<a class="brand" href="${link("overview")}">${envelopeIcon}<span>${foreign(name)}</span></a>
<nav aria-label="Pages">
${sections.map(
  ([section, label]) =>
    html`<a href="${link(section)}"${section === view && html` aria-current="page"`}>${label}</a>
`,
)}</nav>
</header>
<main id="main" tabindex="-1">
${main}
</main>
</body>
</html>
`;
}
