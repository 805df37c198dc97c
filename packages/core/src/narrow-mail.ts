import type { PreparedMessage } from "./prepared-message.ts";

/** The mail for some of its recipients: those in `addresses`, by envelope alone. Its headers still show everybody. */
export function narrowEnvelope(mail: PreparedMessage, addresses: readonly string[]): PreparedMessage {
  if (addresses.length === mail.envelope.to.length) return mail;
  return Object.freeze({ ...mail, envelope: { ...mail.envelope, to: addresses } });
}

/** The mail with nobody in `to`, `cc` and `bcc` who is not in its envelope. */
export function peopleOfEnvelope(mail: PreparedMessage): PreparedMessage {
  const wanted = new Set(mail.envelope.to);
  const isWanted = ({ address }: { readonly address: string }): boolean => wanted.has(address);
  if ([...mail.to, ...mail.cc, ...mail.bcc].every(isWanted)) return mail;
  return Object.freeze({
    ...mail,
    to: mail.to.filter(isWanted),
    cc: mail.cc.filter(isWanted),
    bcc: mail.bcc.filter(isWanted),
  });
}
