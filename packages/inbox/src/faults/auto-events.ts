import type { CaughtMail } from "../caught-mail.ts";
import type { WebhookAction } from "../webhook.ts";
import { faultAddressOf } from "./address-faults.ts";

/** An event that a caught mail brings about by itself. */
export interface AutoEvent {
  readonly action: WebhookAction;
  readonly recipient: string;
  readonly detail?: string;
}

/** What of the table of addresses SMTP reports unasked. */
const reportedByMail: ReadonlySet<WebhookAction> = new Set(["soft_bounce", "hard_bounce", "complain"]);

/** The events that the addresses of a mail's recipients stand for, in the order in which they come about. */
export function autoEvents({ via, envelope }: Pick<CaughtMail, "via" | "envelope">): readonly AutoEvent[] {
  // Nobody is told that a bounce mail bounced (RFC 5321 section 4.5.5).
  if (envelope.from === "") return [];
  return envelope.to.flatMap((recipient) =>
    (faultAddressOf(recipient)?.address.reports ?? [])
      .filter(({ action }) => via !== "smtp" || reportedByMail.has(action))
      .map(({ action, detail }) => ({
        action,
        recipient,
        ...(detail?.[via] !== undefined && { detail: detail[via] }),
      })),
  );
}
