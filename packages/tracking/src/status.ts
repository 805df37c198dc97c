import type { MailEventType, MailOutcome, StoredEvent, TrackedMail, TrackingStore } from "@mail/core";
import { rankOf } from "./status-ranks.ts";
import type { MailStatus, RecipientStatus } from "./tracker.ts";
import { transportProvider } from "./tracking-transport-events.ts";

/** Tries of ours and what a provider gives up come early. */
const earliest = 1_000;

/** How far a mail came: by what happened, not by the order in which it became known. */
export async function readStatus(tracking: TrackingStore, mailId: string): Promise<MailStatus | undefined> {
  const [mail, outcomes] = await Promise.all([tracking.mail(mailId), tracking.outcomes(mailId)]);
  if (mail === undefined && outcomes.length === 0) return undefined;
  // An outcome does not say whose failure it was.
  const unsure = outcomes.some(({ type }) => type === "failed");
  const givenUp = unsure ? givenUpBy(await tracking.events(mailId, earliest)) : new Set<string>();
  const byRecipient = new Map<string, RecipientOutcomes>();
  for (const recipient of mail?.recipients ?? []) ofRecipient(byRecipient, recipient);
  for (const outcome of outcomes) ofRecipient(byRecipient, outcome.recipient).outcomes.push(outcome);
  const recipients = [...byRecipient].map(([key, known]) => recipientStatus(known, mail, givenUp.has(key)));
  return { mailId, ...(mail !== undefined && { mail }), recipients };
}

interface RecipientOutcomes {
  readonly recipient: string;
  readonly outcomes: MailOutcome[];
}

function ofRecipient(all: Map<string, RecipientOutcomes>, recipient: string): RecipientOutcomes {
  const key = recipient.toLowerCase();
  const known = all.get(key) ?? { recipient, outcomes: [] };
  all.set(key, known);
  return known;
}

/** Recipients whose mail a provider gave up. */
function givenUpBy(events: readonly StoredEvent[]): ReadonlySet<string> {
  const failures = events.filter(({ type, provider }) => type === "failed" && provider !== transportProvider);
  return new Set(failures.map(({ recipient = "" }) => recipient.toLowerCase()));
}

function recipientStatus(
  { recipient, outcomes }: RecipientOutcomes,
  mail: TrackedMail | undefined,
  givenUp: boolean,
): RecipientStatus {
  const [furthest] = outcomes.toSorted((a, b) => rankOf(b, givenUp) - rankOf(a, givenUp));
  const { type = "unknown", at = mail?.at ?? 0, reason, permanent } = furthest ?? {};
  const reached = outcomes.toSorted((a, b) => a.at - b.at).map((outcome) => [outcome.type, new Date(outcome.at)]);
  return {
    recipient,
    state: type,
    at: new Date(at),
    ...(reason !== undefined && { reason }),
    ...(permanent !== undefined && { permanent }),
    reached: Object.fromEntries(reached) as Partial<Record<MailEventType, Date>>,
  };
}
