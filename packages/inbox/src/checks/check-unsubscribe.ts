import type { CaughtMail } from "../caught-mail.ts";
import { type Finding, finding } from "./finding.ts";

const check = "unsubscribe";

/** List-Unsubscribe (RFC 2369) and its one-click form (RFC 8058), which Gmail and Yahoo ask of bulk senders. */
export function checkUnsubscribe({ headers }: Pick<CaughtMail, "headers">): readonly Finding[] {
  const value = (name: string) => headers.find((header) => header.name.toLowerCase() === name)?.value;
  const list = value("list-unsubscribe");
  if (list === undefined)
    return [
      finding(
        check,
        "note",
        "No List-Unsubscribe",
        "Right for mails that answer an action of the reader; newsletters need it.",
      ),
    ];
  const targets = [...list.matchAll(/<\s*([^<>]*?)\s*>/g)].map(([, url]) => url ?? "");
  if (targets.length === 0)
    return [finding(check, "warning", "List-Unsubscribe without <…>", "Write <https://…> or <mailto:…>.", [list])];
  const https = targets.some((url) => /^https:/i.test(url));
  const post = value("list-unsubscribe-post")?.trim().toLowerCase() === "list-unsubscribe=one-click";
  if (post && https) return [finding(check, "good", "List-Unsubscribe with one click", undefined, targets)];
  if (post)
    return [
      finding(check, "warning", "One-click unsubscribe needs an https address", "RFC 8058 section 3.1.", targets),
    ];
  return [
    finding(
      check,
      "note",
      "List-Unsubscribe without one click",
      "Gmail and Yahoo ask senders of 5,000 mails a day for one click: an https address and List-Unsubscribe-Post.",
      targets,
    ),
  ];
}
