import type { CaughtMail } from "./caught-mail.ts";

/** How much a store keeps; the oldest mails go first. */
export interface StoreLimits {
  /** Default 10,000. */
  readonly maxMails?: number | undefined;
  /** Source and decoded texts together. Default 256 MB. */
  readonly maxBytes?: number | undefined;
}

export const defaultLimits: Readonly<Record<keyof StoreLimits, number>> = {
  maxMails: 10_000,
  maxBytes: 256 * 1024 * 1024,
};

export const defaultPageSize = 100;

/** What a list shows: without bodies, dialogue and request. */
export function summaryOf(mail: CaughtMail): CaughtMail {
  const { text: _text, html: _html, dialogue: _dialogue, request: _request, ...summary } = mail;
  return summary;
}

/** What a mail takes, by and large: characters count as bytes. */
export function bytesOf(mail: CaughtMail, source: Uint8Array, searchText: string): number {
  const { text = "", html = "", dialogue = [], request } = mail;
  const lines = dialogue.reduce((sum, line) => sum + line.length, 0);
  return source.byteLength + text.length + html.length + lines + (request?.body.length ?? 0) + searchText.length;
}
