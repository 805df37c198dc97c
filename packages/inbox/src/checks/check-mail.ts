import type { CaughtMail } from "../caught-mail.ts";
import { checkAttachments } from "./check-attachments.ts";
import { checkClientSupport } from "./check-client-support.ts";
import { checkImages } from "./check-images.ts";
import { checkLinks } from "./check-links.ts";
import { checkParts } from "./check-parts.ts";
import { checkPlaceholders } from "./check-placeholders.ts";
import { checkUnsubscribe } from "./check-unsubscribe.ts";
import { findCodes } from "./find-codes.ts";
import { type FoundImage, findImages } from "./find-images.ts";
import { type FoundLink, findLinks } from "./find-links.ts";
import type { Finding } from "./finding.ts";

export interface MailChecks {
  readonly findings: readonly Finding[];
  readonly links: readonly FoundLink[];
  readonly images: readonly FoundImage[];
  /** One-time codes, the likeliest first. */
  readonly codes: readonly string[];
}

/** Looks a mail over without any network traffic. */
export function checkMail(mail: CaughtMail): MailChecks {
  const links = findLinks(mail);
  const images = findImages(mail);
  const findings = [
    ...checkParts(mail),
    ...checkPlaceholders(mail),
    ...checkLinks(links),
    ...checkImages(images),
    ...checkUnsubscribe(mail),
    ...checkAttachments(mail),
    ...checkClientSupport(mail),
  ];
  return { findings, links, images, codes: findCodes(mail) };
}
