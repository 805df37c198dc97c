import { html } from "./html.ts";
import { link } from "./link.ts";
import type { Page } from "./page.ts";

/** A page that says what is wrong and what to do. */
export function problemPage(title: string, hint: string): Page {
  return {
    title,
    main: html`<section class="panel problem">
<h1>${title}</h1>
<p>${hint}</p>
<p><a href="${link("overview")}">Go to the overview</a></p>
</section>`,
  };
}

export const notFound: Page = problemPage("There is no such page", "It may have moved, or the address is mistyped.");

export const forbidden: Page = problemPage(
  "You may not see this",
  "Sign in with an account that may see what became of mails.",
);

export const remote: Page = problemPage(
  "Only from this machine",
  "No authorize is set for this dashboard, so it answers loopback addresses such as http://localhost alone, and nothing that comes through a proxy.",
);

export const otherOrigin: Page = problemPage(
  "Another site’s page may not change this",
  "Open the dashboard itself and use its own forms.",
);

export const storeAway: Page = problemPage(
  "The store does not answer",
  "What became of your mails cannot be shown now. Mails still go out, and providers repeat what they could not report. Look whether the database is up, then load this page again.",
);

export const broken: Page = problemPage(
  "Something went wrong",
  "This page could not be made. The log of your app says why.",
);
