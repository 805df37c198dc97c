import { createHash } from "node:crypto";
import type { Features } from "./features.ts";
import type { PreparedMessage } from "./prepared-message.ts";

/**
 * The mail for some of its recipients: those in `addresses`, by envelope alone. Its headers still show everybody. Its
 * `idempotencyKey` becomes one of its own, the same each time, or `once` would take it for the mail that others have.
 */
export function narrowEnvelope(mail: PreparedMessage, addresses: readonly string[]): PreparedMessage {
  if (addresses.length === mail.envelope.to.length) return mail;
  const { idempotencyKey: key, envelope } = mail;
  const idempotencyKey = key === undefined ? {} : { idempotencyKey: `${key}#${digestOf(addresses)}` };
  return Object.freeze({ ...mail, ...idempotencyKey, envelope: { ...envelope, to: addresses } });
}

function digestOf(addresses: readonly string[]): string {
  return createHash("sha256")
    .update([...addresses].sort().join("\n"))
    .digest("base64url");
}

/**
 * The mail with nobody in `to`, `cc` and `bcc` who is not in its envelope. Where the provider insists on `to` and nobody
 * is left there, those in copy stand there, or the one in blind copy: nobody is shown who was not shown before.
 */
export function peopleOfEnvelope(mail: PreparedMessage, { requires = [] }: Features): PreparedMessage {
  const wanted = new Set(mail.envelope.to);
  const isWanted = ({ address }: { readonly address: string }): boolean => wanted.has(address);
  if ([...mail.to, ...mail.cc, ...mail.bcc].every(isWanted)) return mail;
  const people = { to: mail.to.filter(isWanted), cc: mail.cc.filter(isWanted), bcc: mail.bcc.filter(isWanted) };
  return Object.freeze({ ...mail, ...(requires.includes("to") ? withSomebodyInTo(people) : people) });
}

type People = Pick<PreparedMessage, "to" | "cc" | "bcc">;

/** Where nobody is left in `to`, those in copy, or the one in blind copy. */
export function withSomebodyInTo(people: People): People {
  const { to, cc, bcc } = people;
  if (to.length > 0) return people;
  if (cc.length > 0) return { to: cc, cc: [], bcc };
  return bcc.length === 1 ? { to: bcc, cc, bcc: [] } : people;
}
