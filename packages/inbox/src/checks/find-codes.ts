import type { CaughtMail } from "../caught-mail.ts";
import { htmlText } from "./html-text.ts";

const maxCodes = 5;
const maxTextLength = 100_000;

/** How mails name a one-time code, in the larger languages of mail. */
const word =
  /\b(?:codes?|otp|pin|passcode|password|token|2fa|verification|verify|one-time|einmal\w*|bestätigung\w*|kennwort|código|contraseña|codice|vérification|kod|koden|kode)\b/iu;

/** `123456`, `123 456`, `123-456`, `G-123456`, `ABCD-1234`, `A1B2C3`. */
const candidate =
  /(?<![\w.,:/#&=@€$£+-]|\d )(?:\d{3}[ -]\d{3,4}|[A-Z]-\d{5,6}|[A-Z0-9]{4}-[A-Z0-9]{4}|\d{4,8}|[A-Z0-9]{5,8})(?![\w@/%€$£=]|[.,:-]\w|-)/g;

/** Codes that a mail asks its reader to type, the likeliest first. Neighbouring lines must speak of a code. */
export function findCodes({ subject, text, html }: Pick<CaughtMail, "subject" | "text" | "html">): readonly string[] {
  const body = (text ?? htmlText((html ?? "").slice(0, maxTextLength))).slice(0, maxTextLength);
  const lines = [subject, ...body.split("\n")].map((line) => line.trim()).filter((line) => line !== "");
  const alone: string[] = [];
  const within: string[] = [];
  for (const [index, line] of lines.entries()) {
    const near = lines.slice(Math.max(0, index - 2), index + 2).map((other) => other.replace(/\bhttps?:\S+/g, ""));
    if (!near.some((other) => word.test(other))) continue;
    for (const [code] of line.matchAll(candidate)) {
      if (!isCode(code)) continue;
      if (code === line) alone.push(code);
      else if (word.test(line)) within.push(code);
    }
  }
  return [...new Set([...alone, ...within])].slice(0, maxCodes);
}

/** Words in capitals and years are no codes. */
function isCode(text: string): boolean {
  return /\d/.test(text) && !/^(?:19|20)\d\d$/.test(text) && !/^[A-Z]+-?[A-Z]+$/.test(text);
}
