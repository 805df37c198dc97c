import type { CaughtMail } from "../caught-mail.ts";

const maxLength = 1_000_000;
const placeholder = "https://example.com/";

/** The first web address that a reader could click. */
export function firstLink({ html = "", text = "" }: Pick<CaughtMail, "html" | "text">): string {
  const [, double, single] =
    /<a\s[^<>]*?\bhref\s*=\s*(?:"(https?:[^"]*)"|'(https?:[^']*)')/i.exec(html.slice(0, maxLength)) ?? [];
  const linked = (double ?? single)?.replace(/&(?:amp|#38|#x26);/gi, "&").trim();
  return linked ?? /https?:\/\/[^\s<>"']+/i.exec(text.slice(0, maxLength))?.[0] ?? placeholder;
}
