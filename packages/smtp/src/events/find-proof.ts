import { MailEventError } from "@mail/core";
import type { BounceMail } from "./bounce-mail.ts";
import type { BounceReport } from "./bounce-report.ts";
import { type VerpProof, verpProof } from "./verp-address.ts";
import type { VerpSettings } from "./verp-options.ts";

/** Where servers write to whom a mail came (the envelope's recipient), and where the report's author wrote it. */
const recipientHeaders = ["delivered-to", "x-original-to", "envelope-to", "x-envelope-to", "x-rcpt-to", "to"];
/** A mail has one return path; some more are looked at, in case that it was handed on. */
const maxTokens = 8;

/**
 * Looks for a return path that we signed: the address to which a bounce came, or the one that a complaint gives back.
 * @returns `undefined` where there is none at all
 * @throws MailEventError `invalid_signature` where there are some and we signed none
 */
export function findProof(settings: VerpSettings, mail: BounceMail, report: BounceReport): VerpProof | undefined {
  const places = recipientHeaders.flatMap((name) => mail.fields.get(name) ?? []);
  const tokens = [...places, report.original.returnPath ?? ""].flatMap((text) => tokensIn(settings, text));
  if (tokens.length === 0) return undefined;
  for (const token of new Set(tokens.slice(0, maxTokens))) {
    const proof = verpProof(settings, token);
    if (proof !== undefined) return proof;
  }
  throw new MailEventError("The return path was not signed by us", {
    code: "invalid_signature",
    field: "to",
    hint: "Where the secret was changed, list the old one after the new one until the last bounces are in.",
  });
}

function tokensIn({ localPart, domain }: VerpSettings, text: string): readonly string[] {
  const end = `@${domain}`;
  const start = `${localPart}+`;
  return text
    .toLowerCase()
    .split(/[\s<>,;:"()]+/)
    .filter((word) => word.startsWith(start) && word.endsWith(end))
    .map((word) => word.slice(start.length, -end.length));
}
