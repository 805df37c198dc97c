import type { MailEventReason } from "@mail/core";

/** What an enhanced code says of the address. */
export interface StatusMeaning {
  readonly reason: MailEventReason;
  /** True where the address will not take mail later either: it is worth suppressing. */
  readonly permanent: boolean;
}

const deadAddress: StatusMeaning = { reason: "invalid", permanent: true };
const late: StatusMeaning = { reason: "timed_out", permanent: false };
/** Something about our mail or our address, not theirs. */
const ours: StatusMeaning = { reason: "other", permanent: false };
const blocked: StatusMeaning = { reason: "blocked", permanent: false };
const given: StatusMeaning = { reason: "bounced", permanent: false };

/**
 * Subject and detail of a code of class 5, by RFC 3463 sections 3.2 to 3.8 and the IANA registry of enhanced codes. What
 * is not listed has its subject's meaning. An address is dead only where the code says that of the address itself: 5.1.0
 * is given for senders too, 5.2.2 is a full mailbox, 5.4.4 may be a name server that is out of order.
 */
const details: Readonly<Record<string, StatusMeaning>> = {
  "1.1": deadAddress, // no such mailbox
  "1.2": deadAddress, // no such domain
  "1.3": deadAddress, // bad syntax
  "1.4": deadAddress, // ambiguous
  "1.6": deadAddress, // moved, no forwarding address
  "1.10": deadAddress, // domain takes no mail (RFC 7505)
  "2.1": deadAddress, // mailbox disabled
  "1.7": ours, // sender's address: bad syntax
  "1.8": ours, // sender's address: bad domain
  "2.3": ours, // longer than the mailbox takes
  "3.4": ours, // larger than the system takes
  "4.1": late, // no answer from host
  "4.2": late, // bad connection
  "4.7": late, // delivery time expired
};

const subjects: Readonly<Record<string, StatusMeaning>> = { "5": ours, "6": ours, "7": blocked };

/** @param code such as `5.1.1`; absent where nobody said one */
export function meaningOf(code: string | undefined): StatusMeaning {
  const [kind, subject = "", detail = ""] = code?.split(".") ?? [];
  const meaning = details[`${subject}.${detail}`] ?? subjects[subject] ?? given;
  // Given up after a passing failure: the address may well take mail later (RFC 3463 section 2).
  return meaning.permanent && kind !== "5" ? given : meaning;
}

/** Without leading zeros; absent where the text does not begin with a code. */
export function statusIn(text: string | undefined): string | undefined {
  const [, kind, subject, detail] = /^([245])\.(\d{1,3})\.(\d{1,3})(?!\d)/.exec(text ?? "") ?? [];
  return kind === undefined ? undefined : `${kind}.${Number(subject)}.${Number(detail)}`;
}

/** The enhanced code of an SMTP reply (RFC 2034 section 4): it comes after the reply code and agrees with its class. */
export function statusOfReply(reply: string): string | undefined {
  const [, kind, rest] = /^([245])\d\d[ -]\s*(\S.*)$/.exec(reply) ?? [];
  const status = statusIn(rest);
  return status?.[0] === kind ? status : undefined;
}
