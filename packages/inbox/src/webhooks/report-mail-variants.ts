import type { EventVariants } from "./event-variants.ts";

/** What a report about a mail says: a DSN (RFC 3464) about delivery, an ARF report (RFC 5965) about a complaint. */
export type ReportMailVariant =
  | {
      readonly type: "delivery-status";
      readonly action: "failed" | "delayed" | "delivered" | "relayed";
      /** RFC 3463. */
      readonly status: string;
      /** Answer of the recipient's server. */
      readonly diagnostic: string;
    }
  | { readonly type: "feedback"; readonly feedbackType: "abuse" | "not-spam"; readonly redacted: boolean };

/** SMTP tells of deliveries, bounces and complaints alone. */
export const reportMailVariants: EventVariants<ReportMailVariant> = {
  /** What a sender gets who asked for it (RFC 3461, NOTIFY=SUCCESS). */
  deliver: {
    delivered: status("delivered", "2.0.0", "250 2.0.0 OK"),
    /** Handed over to a server that does not report deliveries. */
    relayed: status("relayed", "2.0.0", "250 2.0.0 OK"),
  },
  soft_bounce: {
    "mailbox-full": status("failed", "4.2.2", "452 4.2.2 Mailbox full"),
    expired: status("failed", "4.4.7", "451 4.4.7 Delivery time expired"),
    delayed: status("delayed", "4.4.1", "421 4.4.1 Connection timed out"),
  },
  hard_bounce: {
    "user-unknown": status("failed", "5.1.1", "550 5.1.1 User unknown"),
    "no-such-domain": status("failed", "5.1.2", "550 5.1.2 Domain not found"),
    policy: status("failed", "5.7.1", "554 5.7.1 Message refused by policy"),
    "too-large": status("failed", "5.3.4", "552 5.3.4 Message too big for system"),
  },
  complain: {
    abuse: { type: "feedback", feedbackType: "abuse", redacted: false },
    /** Many providers of mailboxes do not say whose complaint it is. */
    redacted: { type: "feedback", feedbackType: "abuse", redacted: true },
    "not-spam": { type: "feedback", feedbackType: "not-spam", redacted: false },
  },
  open: {},
  click: {},
  unsubscribe: {},
};

type DeliveryStatus = ReportMailVariant & { readonly type: "delivery-status" };

function status(action: DeliveryStatus["action"], code: string, diagnostic: string): DeliveryStatus {
  return { type: "delivery-status", action, status: code, diagnostic };
}
