import { MailError } from "@mail/core";
import { seeOther } from "../answer.ts";
import type { DashboardSource } from "../dashboard-source.ts";
import { field } from "../field.ts";
import { html } from "../html.ts";
import { link } from "../link.ts";
import { notice } from "../notice.ts";
import type { Page } from "../page.ts";
import { choiceOf, cleanText } from "../query-text.ts";
import { fieldOf, readForm } from "../read-form.ts";
import { type Done, maxAddress } from "./list-page.ts";
import { reasonNames, reasons } from "./reasons.ts";

const maxFormBytes = 16 * 1024;
const maxScope = 200;
const maxNote = 1000;
const dayMs = 86_400_000;

interface Values {
  readonly address: string;
  readonly reason: string;
  readonly scope: string;
  /** The last day, as YYYY-MM-DD. */
  readonly until: string;
  readonly note: string;
}

const blank: Values = { address: "", reason: "manual", scope: "", until: "", note: "" };

export function addPage(values: Values = blank, problem?: string): Page {
  return {
    title: "Add an address",
    view: "suppressions",
    main: html`<p class="back"><a href="${link("suppressions")}">Suppressions</a></p>
<section class="panel narrow">
<h1>Add an address</h1>
<p class="note">It is not mailed any more from now on.</p>
${problem !== undefined && notice("bad", problem)}
<form method="post" action="${link("suppress")}" class="form">
${field({
  id: "address",
  label: "Address",
  element: html`<input id="address" name="address" value="${values.address}" maxlength="${maxAddress}" inputmode="email" autocomplete="off" spellcheck="false" required>`,
})}${field({
  id: "reason",
  label: "Reason",
  element: html`<select id="reason" name="reason">${reasons.map(
    (reason) =>
      html`<option value="${reason}"${reason === values.reason && html` selected`}>${reasonNames[reason]}</option>`,
  )}</select>`,
})}${field({
  id: "scope",
  label: "Scope",
  element: html`<input id="scope" name="scope" value="${values.scope}" maxlength="${maxScope}" autocomplete="off" aria-describedby="scope-hint">`,
  hint: "A tag: mail with this tag only. Empty: all mail.",
})}${field({
  id: "until",
  label: "Last day",
  element: html`<input id="until" type="date" name="until" value="${values.until}" aria-describedby="until-hint">`,
  hint: "Of UTC. Empty: for ever.",
})}${field({
  id: "note",
  label: "Note",
  element: html`<input id="note" name="note" value="${values.note}" maxlength="${maxNote}" autocomplete="off" aria-describedby="note-hint">`,
  hint: "For people, such as who asked for it.",
})}<p class="actions"><button class="button primary">Add</button> <a class="button" href="${link("suppressions")}">Cancel</a></p>
</form>
</section>`,
  };
}

/** Adds what the form says, or shows the form with what is wrong with it. */
export async function addSuppression(source: DashboardSource, request: Request): Promise<Response | Page> {
  const form = await readForm(request, maxFormBytes);
  const text = (name: string, maxLength: number): string => cleanText(fieldOf(form, name), maxLength);
  const values: Values = {
    address: text("address", maxAddress),
    reason: text("reason", maxScope),
    scope: text("scope", maxScope),
    until: text("until", maxScope),
    note: text("note", maxNote),
  };
  const { address, scope, note } = values;
  const expiresAt = values.until === "" ? undefined : new Date(Date.parse(`${values.until}T00:00:00Z`) + dayMs);
  if (address === "") return addPage(values, "Give an address.");
  if (expiresAt !== undefined && !(expiresAt.getTime() > Date.now()))
    return addPage(values, "The last day must be a day to come, as YYYY-MM-DD.");
  const entry = { address, reason: choiceOf(values.reason, reasons), scope, expiresAt, note: note || undefined };
  try {
    const [added] = await source.suppressions.add(entry);
    const done: Done = added === true ? "added" : "known";
    return seeOther(link("suppressions", { prefix: address, done }));
  } catch (error) {
    if (isOfValues(error)) return addPage(values, `${error.message}.`);
    throw error;
  }
}

function isOfValues(error: unknown): error is MailError {
  return MailError.is(error) && (error.code === "invalid_recipient" || error.code === "configuration");
}
