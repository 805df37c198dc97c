/** For what is no page: nothing is loaded, nothing runs, nobody frames it. */
export const closedPolicy = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; sandbox";

/** For our page: its own files, previews of mails in frames, and nothing inline. */
export const pagePolicy: string = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "frame-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join("; ");

interface PreviewPolicy {
  /** Address under which the mail's own attachments are, with a slash at the end. */
  readonly attachments: string;
  readonly remoteImages: boolean;
}

/**
 * For the HTML of a mail: inline styles and its own attachments; no scripts, forms or frames; remote images where the
 * reader asked for them. Links open in a tab of their own, which knows nothing of this one.
 */
export function previewPolicy({ attachments, remoteImages }: PreviewPolicy): string {
  return [
    "default-src 'none'",
    "style-src 'unsafe-inline'",
    `img-src data: ${sourceOf(attachments)}${remoteImages ? " http: https:" : ""}`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'self'",
    "sandbox allow-popups allow-popups-to-escape-sandbox",
  ].join("; ");
}

/** A policy has no form for IPv6 addresses (CSP, section 2.3.1). */
function sourceOf(address: string): string {
  return new URL(address).hostname.startsWith("[") ? "'self'" : address;
}
