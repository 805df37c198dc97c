import { createHash } from "node:crypto";
import { escapeHtml } from "@mail/core";
import type { UnsubscribeTexts } from "./unsubscribe-texts.ts";

/** What the page shows. */
export type UnsubscribeView = "ask" | "done" | "undone" | "badLink" | "badRequest" | "failed";

/** Whom and what it is about. */
export interface PageSubject {
  readonly address: string;
  readonly scope: string;
}

/** The forms' field: that of RFC 8058, so that a button and a mail program ask for the same. */
export const oneClick = { name: "List-Unsubscribe", value: "One-Click", again: "Subscribe-Again" } as const;

const style = `
:root{color-scheme:light dark;--page:#f4f5f7;--card:#fff;--text:#1b1f24;--soft:#57606a;--line:#d8dee4;--accent:#1f5fbf;--on-accent:#fff}
@media(prefers-color-scheme:dark){:root{--page:#0f1216;--card:#191e24;--text:#e8ebef;--soft:#a7b0ba;--line:#343c46;--accent:#8ab8ff;--on-accent:#0b1a30}}
*{box-sizing:border-box}
body{margin:0;min-height:100vh;min-height:100dvh;display:grid;place-items:center;padding:24px 16px;background:var(--page);color:var(--text);font:16px/1.55 system-ui,sans-serif}
main{width:100%;max-width:460px;background:var(--card);border:1px solid var(--line);border-radius:14px;padding:32px}
.product{margin:0 0 18px;color:var(--soft);font-size:14px;font-weight:600}
h1{margin:0 0 10px;font-size:23px;line-height:1.3;text-wrap:balance}
p{margin:0;overflow-wrap:anywhere}
form{margin-top:26px}
.hint{margin-bottom:10px;color:var(--soft);font-size:14px}
button{width:100%;min-height:46px;padding:10px 18px;font:inherit;font-weight:600;border-radius:9px;border:1px solid var(--accent);background:var(--accent);color:var(--on-accent);cursor:pointer}
button.quiet{background:transparent;color:var(--accent)}
button:hover{filter:brightness(1.08)}
button:focus-visible{outline:3px solid var(--accent);outline-offset:3px}
@media(max-width:420px){main{padding:26px 20px}}
@media(forced-colors:active){main{border:1px solid CanvasText}}
`;

/**
 * Headers of the page: nothing from elsewhere, no frames around it, and its address, which holds the token, is told to
 * nobody and kept nowhere.
 */
export function pageHeaders(): Record<string, string> {
  const hash = createHash("sha256").update(style).digest("base64");
  return {
    "content-type": "text/html; charset=utf-8",
    "content-security-policy": `default-src 'none'; style-src 'sha256-${hash}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'`,
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "x-robots-tag": "noindex, nofollow",
    "cache-control": "no-store",
  };
}

/** The page: no scripts, and forms that post to the address at which it stands. */
export function renderPage(view: UnsubscribeView, texts: UnsubscribeTexts, subject?: PageSubject): string {
  const fill = (text: string): string => escapeHtml(fillIn(text, texts, subject));
  const ofList = subject !== undefined && subject.scope !== "";
  const { heading, body } = wordsOf(view, texts, ofList);
  return `<!doctype html>
<html lang="${escapeHtml(texts.language)}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex, nofollow">
<title>${fill(texts.title)}</title>
<style>${style}</style>
</head>
<body>
<main dir="auto">
${texts.product === "" ? "" : `<p class="product">${fill("{product}")}</p>\n`}<h1>${fill(heading)}</h1>
<p>${fill(body)}</p>
${formOf(view, texts, fill)}</main>
</body>
</html>
`;
}

function wordsOf(view: UnsubscribeView, texts: UnsubscribeTexts, ofList: boolean): { heading: string; body: string } {
  switch (view) {
    case "ask":
      return { heading: texts.askHeading, body: ofList ? texts.askList : texts.askAll };
    case "done":
      return { heading: texts.doneHeading, body: ofList ? texts.doneList : texts.doneAll };
    case "undone":
      return { heading: texts.undoneHeading, body: ofList ? texts.undoneList : texts.undoneAll };
    case "badLink":
      return { heading: texts.badLinkHeading, body: texts.badLink };
    case "badRequest":
      return { heading: texts.badRequestHeading, body: texts.badRequest };
    case "failed":
      return { heading: texts.failedHeading, body: texts.failed };
  }
}

function formOf(view: UnsubscribeView, texts: UnsubscribeTexts, fill: (text: string) => string): string {
  if (view === "ask") return form(oneClick.value, "", `<button>${fill(texts.askButton)}</button>`);
  if (view !== "done") return "";
  const hint = `<p class="hint">${fill(texts.undoHint)}</p>\n`;
  return form(oneClick.again, hint, `<button class="quiet">${fill(texts.undoButton)}</button>`);
}

function form(value: string, before: string, button: string): string {
  return `<form method="post">
${before}<input type="hidden" name="${oneClick.name}" value="${value}">
${button}
</form>
`;
}

function fillIn(text: string, { product }: UnsubscribeTexts, subject?: PageSubject): string {
  const values = { address: subject?.address ?? "", list: subject?.scope ?? "", product };
  return text.replace(/\{(address|list|product)\}/g, (_match, name: keyof typeof values) => values[name]);
}
