import type { CaughtMail } from "../caught-mail.ts";
import { type Finding, finding } from "./finding.ts";
import { htmlText } from "./html-text.ts";

const maxTextLength = 200_000;

/** What is left of a template when a variable was missing. */
const leftovers: readonly RegExp[] = [
  /\{\{\{?[^{}\n]{1,80}\}\}\}?/g,
  /%recipient\.[\w.-]{1,60}%/g,
  /<%=?[^%\n]{1,80}%>/g,
  /\[object Object\]/g,
  /\bundefined\b/g,
  /\bNaN\b/g,
];

export function checkPlaceholders({
  subject,
  text,
  html,
}: Pick<CaughtMail, "subject" | "text" | "html">): readonly Finding[] {
  const shown = `${subject}\n${text ?? ""}\n${htmlText(html ?? "")}`.slice(0, maxTextLength);
  const found = [...new Set(leftovers.flatMap((pattern) => shown.match(pattern) ?? []))];
  if (found.length === 0) return [];
  return [
    finding(
      "placeholders",
      "warning",
      "Placeholders were not filled in",
      "A variable is missing, or has another name.",
      found,
    ),
  ];
}
