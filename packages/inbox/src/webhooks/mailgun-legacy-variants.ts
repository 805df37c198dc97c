import type { EventVariants } from "./event-variants.ts";
import { readerAgent, readerIp } from "./reported-event.ts";

/** An event as Mailgun posted it before 2018, and to apps that were never moved: a form. */
export interface MailgunLegacyVariant {
  readonly legacy: "delivered" | "dropped" | "bounced" | "complained" | "opened" | "clicked" | "unsubscribed";
  readonly fields?: Readonly<Record<string, string>>;
}

const reader: Readonly<Record<string, string>> = {
  ip: readerIp,
  country: "US",
  region: "CA",
  city: "San Francisco",
  "user-agent": readerAgent,
  "device-type": "desktop",
  "client-type": "browser",
  "client-name": "Safari",
  "client-os": "macOS",
};

/** Mailgun help centre, "Legacy Webhooks"; it knew no temporary failures. */
export const mailgunLegacyVariants: EventVariants<MailgunLegacyVariant> = {
  deliver: { "legacy-delivered": { legacy: "delivered" } },
  soft_bounce: { "legacy-dropped-old": dropped("old", "499", "Unable to connect to MX servers: [mx.example.com]") },
  hard_bounce: {
    "legacy-bounced": bounced("550", "5.1.1 The email account that you tried to reach does not exist."),
    /** Some servers' enhanced codes came through as the code. */
    "legacy-bounced-enhanced-code": bounced("5.1.1", "smtp;550 5.1.1 RESOLVER.ADR.RecipNotFound; not found"),
    "legacy-dropped-bounce": dropped("hardfail", "605", "Not delivering to previously bounced address"),
    "legacy-dropped-unsubscribe": dropped("hardfail", "606", "Not delivering to unsubscribed address"),
    "legacy-dropped-complaint": dropped("hardfail", "607", "Not delivering to a user who marked your messages as spam"),
  },
  complain: { "legacy-complained": { legacy: "complained" } },
  open: { "legacy-opened": { legacy: "opened", fields: reader } },
  click: { "legacy-clicked": { legacy: "clicked", fields: reader } },
  unsubscribe: { "legacy-unsubscribed": { legacy: "unsubscribed", fields: reader } },
};

function dropped(reason: "hardfail" | "old", code: string, description: string): MailgunLegacyVariant {
  return { legacy: "dropped", fields: { reason, code, description } };
}

function bounced(code: string, error: string): MailgunLegacyVariant {
  return { legacy: "bounced", fields: { code, error } };
}
