import type { Features } from "./features.ts";
import { MailError } from "./mail-error.ts";
import { peopleOfEnvelope } from "./narrow-mail.ts";
import type { PreparedMessage } from "./prepared-message.ts";
import type { OnUnsupported } from "./transport.ts";
import { type Unsupported, unsupported, withoutFields } from "./unsupported.ts";

/** A mail cut to what a transport carries. */
export interface CarriedMail {
  readonly mail: PreparedMessage;
  /** Advisory fields that were left out. */
  readonly dropped: readonly string[];
}

/**
 * Leaves out what a transport may do without.
 * @throws MailError `unsupported`, `message_too_large` or `invalid_message` for what it may not.
 */
export function carry(given: PreparedMessage, features: Features, onUnsupported?: OnUnsupported): CarriedMail {
  const mail = features.envelopeRecipients ? given : peopleOfEnvelope(given, features);
  const missing = unsupported(mail, features);
  const due = mail.sendAt !== undefined && mail.sendAt.getTime() <= Date.now();
  if (missing.length === 0 && !due) return { mail, dropped: [] };
  const droppable = ({ kind, reason, undroppable = false }: Unsupported): boolean =>
    onUnsupported === "drop"
      ? !undroppable && (kind === "advisory" || reason === "missing")
      : onUnsupported === undefined && kind === "advisory";
  const refused = missing.filter((item) => !droppable(item));
  if (refused.length > 0) throw refusal(refused);
  const dropped = [...new Set(missing.map(({ field }) => field))];
  const carried = withoutFields(mail, due ? [...dropped, "sendAt"] : dropped);
  const bodies = [carried.text, carried.html, carried.calendar, carried.template];
  if (dropped.length > 0 && bodies.every((body) => body === undefined)) {
    throw refusal(missing.filter(({ field }) => field === "template" || field === "calendar"));
  }
  return { mail: carried, dropped };
}

function refusal(refused: readonly Unsupported[]): MailError {
  const [first] = refused as readonly [Unsupported, ...Unsupported[]];
  const fields = refused.map(({ field }) => field).join(", ");
  const problems = refused.map(({ field, problem }) => `${field}: ${problem}`).join("; ");
  if (refused.some(({ reason }) => reason === "missing")) {
    return new MailError(problems, {
      code: "unsupported",
      field: fields,
      hint: `Leave out ${fields}, or send through a transport that carries it.`,
    });
  }
  const code = first.tooLarge ? "message_too_large" : "invalid_message";
  return new MailError(problems, {
    code,
    field: first.field,
    hint: "Stay within the limit, or send through another transport.",
  });
}
