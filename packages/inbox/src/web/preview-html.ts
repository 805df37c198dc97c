import { escapeHtml } from "@mail/core";
import type { CaughtAttachment } from "../caught-mail.ts";
import { decodeLoosely } from "../checks/find-images.ts";
import { type HtmlToken, htmlTokens } from "../checks/html-tags.ts";

interface PreviewOptions {
  /** Address under which the mail's attachments are, with a slash at the end. */
  readonly attachments: string;
  readonly dark: boolean;
}

/**
 * The mail's HTML without comments, with `cid:` addresses pointing at its attachments and links that open in a new tab.
 * It is not made harmless here, on purpose: the sandbox and the content policy do that, whatever the HTML is. Only what
 * makes a browser connect before it asks the policy is taken out.
 */
export function previewHtml(
  original: string,
  attachments: readonly CaughtAttachment[],
  { attachments: base, dark }: PreviewOptions,
): string {
  const paths = new Map(attachments.map(({ contentId = "", index }) => [contentId, `${base}${index}`]));
  paths.delete("");
  const scheme = dark ? "dark" : "light";
  const html = original.replace(connecting, "$<tag>x-");
  const parts = [`<!doctype html><meta name="color-scheme" content="${scheme}">`];
  for (const token of htmlTokens(html)) {
    const part = written(token, html, paths);
    parts.push(token.name === "style" ? inScheme(part, scheme) : part);
  }
  return parts.join("");
}

/**
 * Frames and links to resources: Chromium looks their hosts up and connects to them in advance, so that the sender
 * learns who reads. They become elements without a meaning, wherever they stand, whatever is around them.
 */
const connecting = /(?<tag><\/?)(?=(?:iframe|frame|frameset|link)[\s/>])/gi;

function written(token: HtmlToken, html: string, paths: ReadonlyMap<string, string>): string {
  const original = html.slice(token.start, token.end);
  if (token.type === "raw" && token.name === "style") return withPaths(original, paths);
  if (token.type !== "open") return original;
  const isLink = token.name === "a" || token.name === "area" || token.name === "form";
  if (!isLink && !/cid:/i.test(original)) return original;
  const attributes = new Map([...token.attributes].map(([name, value]) => [name, withPaths(value, paths)]));
  if (isLink) attributes.set("target", "_blank").set("rel", "noopener noreferrer");
  if (!isFollowable(attributes.get("href"))) attributes.delete("href");
  const list = [...attributes].map(([name, value]) => ` ${name}="${escapeHtml(value)}"`).join("");
  return `<${token.name}${list}${original.endsWith("/>") ? "/" : ""}>`;
}

/** Others do nothing in the sandbox but fill the console with complaints. */
function isFollowable(href: string | undefined): boolean {
  return href === undefined || /^\s*(?:https?:|mailto:|tel:|sms:|#)/i.test(href);
}

/** A frame follows the reader's own scheme; to show the other one, the conditions of the style sheet are decided here. */
function inScheme(css: string, scheme: "light" | "dark"): string {
  return css
    .replace(/\bprefers-color-scheme\s*:\s*(light|dark)/gi, (_, wanted: string) =>
      wanted.toLowerCase() === scheme ? "min-width: 0" : "max-width: 0",
    )
    .replace(/(?<![\w-])color-scheme\s*:[^;}<]*/gi, `color-scheme: ${scheme}`);
}

function withPaths(text: string, paths: ReadonlyMap<string, string>): string {
  return text.replace(
    /\bcid:([^\s"'()<>]+)/gi,
    (written, id) => paths.get(id) ?? paths.get(decodeLoosely(id)) ?? written,
  );
}
