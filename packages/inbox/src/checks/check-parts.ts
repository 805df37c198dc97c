import type { CaughtMail } from "../caught-mail.ts";
import { type Finding, finding } from "./finding.ts";

/** Gmail shows the first 102 KB of the HTML and hides the rest behind "View entire message". */
const gmailClipBytes = 102 * 1024;
/** What phones show of a subject, by and large. */
const longSubject = 78;

export function checkParts(mail: Pick<CaughtMail, "text" | "html" | "subject">): readonly Finding[] {
  return [...checkSubject(mail.subject), ...checkBodies(mail), ...checkSize(mail.html)];
}

function checkSubject(subject: string): readonly Finding[] {
  const length = [...subject].length;
  if (length === 0) return [finding("subject", "warning", "No subject", "Many filters take such a mail for spam.")];
  if (length <= longSubject) return [];
  return [finding("subject", "note", `Subject of ${length} characters`, "Phones show about 40, desktops about 70.")];
}

function checkBodies({ text, html }: Pick<CaughtMail, "text" | "html">): readonly Finding[] {
  if (isEmpty(text) && isEmpty(html))
    return [finding("text", "warning", "The mail is empty", "It has no text and no HTML.")];
  if (isEmpty(text))
    return [
      finding(
        "text",
        "warning",
        "No text part",
        "Write a text, too: screen readers, watches and text clients show it, and spam filters look for it.",
      ),
    ];
  if (isEmpty(html)) return [finding("text", "good", "Text only", "It reads well everywhere.")];
  return [finding("text", "good", "Text and HTML")];
}

function isEmpty(text: string | undefined): boolean {
  return text === undefined || text.trim() === "";
}

function checkSize(html: string | undefined): readonly Finding[] {
  if (html === undefined) return [];
  const bytes = Buffer.byteLength(html);
  const title = `HTML of ${(bytes / 1024).toFixed(1)} KB`;
  if (bytes > gmailClipBytes)
    return [
      finding("size", "warning", title, "Gmail clips mails behind 102 KB, and tracking pixels at the end with them."),
    ];
  if (bytes > gmailClipBytes * 0.8) return [finding("size", "note", title, "Gmail clips at 102 KB.")];
  return [finding("size", "good", `${title}, below the 102 KB at which Gmail clips`)];
}
