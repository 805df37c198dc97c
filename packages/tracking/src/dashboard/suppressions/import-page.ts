import { MailError } from "@mail/core";
import type { ImportReport } from "../../suppression-csv.ts";
import type { DashboardSource } from "../dashboard-source.ts";
import { field } from "../field.ts";
import type { Format } from "../format.ts";
import { foreign, type Html, html } from "../html.ts";
import { link } from "../link.ts";
import { notice } from "../notice.ts";
import type { Page } from "../page.ts";
import { choiceOf } from "../query-text.ts";
import { fieldOf, readForm } from "../read-form.ts";
import { table } from "../table.ts";
import { reasonNames, reasons } from "./reasons.ts";

/** About 200,000 rows. */
const maxBytes = 10 * 1024 * 1024;
const shownErrors = 100;

export function importPage(outcome?: Html): Page {
  return {
    title: "Import addresses",
    view: "suppressions",
    main: html`<p class="back"><a href="${link("suppressions")}">Suppressions</a></p>
<section class="panel narrow">
<h1>Import addresses</h1>
<p class="note">A CSV file of this list, of SendGrid, Mailgun or SES, or any with a column of addresses. At most 10 MiB; a larger one goes in by <code>tracker.suppressions.import</code>.</p>
${outcome}
<form method="post" action="${link("import")}" enctype="multipart/form-data" class="form">
${field({
  id: "file",
  label: "File",
  element: html`<input id="file" type="file" name="file" accept=".csv,text/csv" required>`,
})}${field({
  id: "reason",
  label: "Reason",
  element: html`<select id="reason" name="reason" aria-describedby="reason-hint"><option value="">as the file says</option>${reasons.map(
    (reason) => html`<option value="${reason}">${reasonNames[reason]}</option>`,
  )}</select>`,
  hint: "Of all rows. Where the file says none: added by hand.",
})}<p class="actions"><button class="button primary">Import</button> <a class="button" href="${link("suppressions")}">Cancel</a></p>
</form>
</section>`,
  };
}

/** Imports the file of the form, and says what became of its rows. */
export async function importSuppressions(source: DashboardSource, request: Request, format: Format): Promise<Page> {
  const form = await readForm(request, maxBytes);
  const file = form.get("file");
  if (file === null || typeof file === "string" || file.size === 0)
    return importPage(notice("bad", "Choose a file that is not empty."));
  const reason = choiceOf(fieldOf(form, "reason"), reasons);
  try {
    const bytes = new Uint8Array(await file.arrayBuffer());
    return importPage(reportOf(await source.suppressions.import(bytes, { reason }), format));
  } catch (error) {
    if (MailError.is(error) && error.code === "configuration")
      return importPage(notice("bad", `${error.message}. ${error.hint ?? ""}`));
    throw error;
  }
}

function reportOf({ added, known, failed, errors }: ImportReport, format: Format): Html {
  const counts = `${format.number(added)} added, ${format.number(known)} there already, ${format.number(failed)} not taken.`;
  const shown = errors.slice(0, shownErrors);
  return html`${notice(failed === 0 ? "good" : "bad", counts)}
${
  shown.length > 0 &&
  html`${table({
    caption: "Rows that were not taken",
    captionShown: true,
    className: "bad-rows",
    columns: [{ label: "Line", number: true }, { label: "Problem" }],
    rows: shown.map(({ line, problem }) => [format.number(line), foreign(problem)]),
  })}
${failed > shown.length && html`<p class="note">${format.number(failed - shown.length)} more are not shown.</p>`}`
}`;
}
