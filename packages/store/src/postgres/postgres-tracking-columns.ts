import { completeMail, type MailEvent, onlyRecipient, type RecordedMail, type TrackedMail } from "@mail/core";
import { storedTime } from "../ledger-times.ts";
import { addressKey, storedKey, storedText } from "../stored-key.ts";
import { eventRow, recipientKeys } from "../tracking-row.ts";

/** Whatever is told of one mail in one call. */
export interface ToldMail {
  readonly key: string;
  readonly told: readonly TrackedMail[];
  /** What is thought to be stored of it. */
  readonly expected: string | undefined;
}

/** The parameters of record_mails, but for the last. */
export function mailColumns(mails: readonly ToldMail[]): readonly (readonly unknown[])[] {
  const rows = mails.map(({ key, told, expected }) => {
    const known: RecordedMail | undefined = expected === undefined ? undefined : JSON.parse(expected);
    const [first, ...others] = told;
    const begun = completeMail(known, first as TrackedMail);
    const { mail, names } = others.reduce((before, more) => completeMail(before, more), begun);
    return {
      key,
      expected,
      mail,
      names: names.map((name) => storedKey(name)),
      record: JSON.stringify({ mail, names }),
    };
  });
  const onlyRecipients = rows.map(({ mail }) => onlyRecipient(mail));
  const named = rows.flatMap(({ key, mail, names }) =>
    names.flatMap((name) => recipientKeys(mail).map((recipientKey) => ({ key, name, recipientKey }))),
  );
  return [
    rows.map(({ key }) => key),
    rows.map(({ expected }) => expected ?? null),
    rows.map(({ mail }) => storedTime(mail.at)),
    rows.map(({ mail }) => storedText(mail.transport)),
    rows.map(({ mail }) => JSON.stringify(mail.tags)),
    onlyRecipients.map((recipient) => (recipient === undefined ? null : storedText(recipient))),
    onlyRecipients.map((recipient) => (recipient === undefined ? null : addressKey(recipient))),
    rows.map(({ record }) => record),
    named.map(({ key }) => key),
    named.map(({ name }) => name),
    named.map(({ recipientKey }) => recipientKey),
  ];
}

/** The parameters of add_events, but for the last. */
export function eventColumns(events: readonly MailEvent[]): readonly (readonly unknown[])[] {
  const rows = events.map(eventRow);
  return [
    rows.map(({ key }) => key),
    events.map(({ type }) => type),
    events.map(({ at }) => at.getTime()),
    rows.map(({ ownMail }) => ownMail),
    rows.map(({ standIn }) => standIn),
    rows.map(({ providerName }) => providerName),
    rows.map(({ messageName }) => messageName),
    events.map(({ recipient }) => (recipient === undefined ? null : storedText(recipient))),
    rows.map(({ recipientKey }) => recipientKey),
    events.map(({ reason }) => reason ?? null),
    events.map(({ permanent }) => permanent === true),
    events.map(({ tags }) => JSON.stringify(tags)),
    rows.map(({ record }) => record),
  ];
}
