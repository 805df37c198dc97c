import type { SuppressionReason } from "@mail/core";

/** Each with words for people. */
export const reasonNames: Readonly<Record<SuppressionReason, string>> = {
  bounced: "Bounced",
  complained: "Complained",
  unsubscribed: "Unsubscribed",
  manual: "Added by hand",
};

export const reasons: readonly SuppressionReason[] = Object.keys(reasonNames) as SuppressionReason[];
