import type { MailEventType, MailOutcome } from "@mail/core";

/** How far a recipient's mail came; two types of event mean two things each. */
type Stage = MailEventType | "not sent" | "hard bounced";

/**
 * Of all that happened to a recipient's mail, the last in this list is its state, whatever came in which order: providers
 * report out of order, hours late, and by clocks of their own.
 */
const stages: readonly Stage[] = [
  // Nothing is known, such as where the connection broke while the mail was handed over.
  "unknown",
  "queued",
  // One try of ours failed. Another one, or another transport, may send the same mail, so anything else counts for more.
  "not sent",
  "sent",
  // The provider has it and tries again; what it tried before and a mail that was sent once more are no further.
  "deferred",
  // The provider took it and gave up, before the recipient's side was asked.
  "failed",
  "rejected",
  // Not for good: out-of-office answers are reported as such, after the delivery (SES, Transient/General).
  "bounced",
  "delivered",
  "opened",
  "clicked",
  "subscribed",
  // Servers may take a mail, and have its links and images looked at by a scanner, before they give it back: nobody has it.
  "hard bounced",
  // A person has seen the mail, whatever servers say, and wants no more. Never hidden by another click.
  "unsubscribed",
  "complained",
];

const ranks: ReadonlyMap<Stage, number> = new Map(stages.map((stage, rank) => [stage, rank]));

/**
 * The higher one is the state.
 * @param givenUp of `failed`: the provider said so, and not a try of ours
 */
export function rankOf({ type, permanent }: Pick<MailOutcome, "type" | "permanent">, givenUp: boolean): number {
  if (type === "bounced" && permanent === true) return ranks.get("hard bounced") ?? 0;
  if (type === "failed" && !givenUp) return ranks.get("not sent") ?? 0;
  return ranks.get(type) ?? 0;
}
