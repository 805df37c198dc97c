import type { BounceMail } from "./bounce-mail.ts";
import type { BounceReport } from "./bounce-report.ts";
import { originalOf } from "./original-mail.ts";
import { addressesIn } from "./report-address.ts";
import { meaningOf } from "./status-meaning.ts";

const copyLine = /^-{4,} This is a copy of (?:the|your) message.*(?:\n----.*)*\n+/m;

/**
 * Reads a bounce of Exim before 4.83, and of those who do as it did: who failed stands in `X-Failed-Recipients`. Why is
 * told to people alone, so that the address is not taken for dead.
 */
export function eximBounce({ fields, text }: BounceMail): BounceReport | undefined {
  const failed = fields.get("x-failed-recipients")?.join(", ").slice(0, 64_000);
  if (failed === undefined) return undefined;
  const addresses = [...new Set(addressesIn(failed))].slice(0, 1_000);
  if (addresses.length === 0) return undefined;
  const body = text.replace(/\r\n/g, "\n");
  const copy = copyLine.exec(body);
  return {
    entries: addresses.map((address) => ({
      type: "bounced",
      addresses: [address],
      ...meaningOf(undefined),
      detail: "failed",
      raw: { "x-failed-recipients": address },
    })),
    original: originalOf(copy === null ? "" : body.slice(copy.index + copy[0].length)),
  };
}
