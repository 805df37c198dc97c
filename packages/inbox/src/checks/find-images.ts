import type { CaughtMail } from "../caught-mail.ts";
import { htmlTokens } from "./html-tags.ts";

export interface FoundImage {
  /** Shortened for `data:` addresses. */
  readonly url: string;
  readonly kind: "remote" | "attached" | "data" | "missing" | "other";
  /** Absent where the mail gives none, empty for decoration. */
  readonly alt?: string;
  /** One pixel, as trackers are. */
  readonly pixel: boolean;
}

const maxImages = 500;
const shownOfData = 40;

/** Images of the HTML in the order in which they stand; none is ever fetched. */
export function findImages({ html, attachments }: Pick<CaughtMail, "html" | "attachments">): readonly FoundImage[] {
  const ids = new Set(attachments.flatMap(({ contentId }) => contentId ?? []));
  const found: FoundImage[] = [];
  for (const { type, name, attributes } of htmlTokens(html ?? "")) {
    if (type !== "open" || name !== "img") continue;
    if (found.length >= maxImages) break;
    const url = attributes.get("src")?.trim() ?? "";
    const alt = attributes.get("alt");
    const pixel = isOne(attributes.get("width")) && isOne(attributes.get("height"));
    const kind = kindOf(url, ids);
    found.push({
      url: kind === "data" ? url.slice(0, shownOfData) : url,
      kind,
      pixel,
      ...(alt !== undefined && { alt }),
    });
  }
  return found;
}

function kindOf(url: string, ids: ReadonlySet<string>): FoundImage["kind"] {
  if (/^(?:https?:)?\/\//i.test(url)) return "remote";
  if (/^data:/i.test(url)) return "data";
  if (!/^cid:/i.test(url)) return "other";
  return ids.has(url.slice(4)) || ids.has(decodeLoosely(url.slice(4))) ? "attached" : "missing";
}

/** A content id stands percent-encoded in an address (RFC 2392), if its writer knew. */
export function decodeLoosely(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function isOne(size: string | undefined): boolean {
  return size !== undefined && /^[01](?:px)?$/.test(size.trim());
}
