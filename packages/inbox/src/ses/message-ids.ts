import { randomUUID } from "node:crypto";

/** An id in the form of SES: region, time, and chance. */
export function newSesMessageId(now: Date): string {
  return `0102${now.getTime().toString(16).padStart(12, "0")}-${randomUUID()}-000000`;
}

/** SES writes Message-ID anew, of its own id (developer guide, "Header fields"). */
export function messageIdHeader(id: string, region: string): string {
  return region === "us-east-1" ? `<${id}@email.amazonses.com>` : `<${id}@${region}.amazonses.com>`;
}
