import { MailError } from "./mail-error.ts";
import type { PreparedMessage } from "./prepared-message.ts";
import type { RejectedRecipient } from "./receipt.ts";
import { reasonOf } from "./value-text.ts";

/** An address that must not be mailed. */
export interface Suppression {
  readonly address: string;
  /** Why it is on the list, such as `bounced` or `complained`. */
  readonly reason: string;
}

/** A list of addresses that must not be mailed, asked before every send. */
export interface Suppressions {
  /** Which of `addresses` are on the list for a mail with these tags. Addresses compare case-insensitively. */
  find(addresses: readonly string[], mail: { readonly tags: readonly string[] }): Promise<readonly Suppression[]>;
}

/** The error of each suppressed address, by the address in lower case. */
export async function suppressionErrors(
  suppressions: Suppressions | undefined,
  addresses: readonly string[],
  tags: readonly string[],
): Promise<ReadonlyMap<string, MailError>> {
  const found = suppressions === undefined ? [] : await askSuppressions(suppressions, addresses, tags);
  return new Map(found.map(({ address, reason }) => [address.toLowerCase(), suppressed(address, reason)]));
}

async function askSuppressions(
  suppressions: Suppressions,
  addresses: readonly string[],
  tags: readonly string[],
): Promise<readonly Suppression[]> {
  try {
    return await suppressions.find(addresses, { tags });
  } catch (cause) {
    if (MailError.is(cause)) throw cause;
    throw new MailError(`The suppression list could not be asked: ${reasonOf(cause)}`, {
      code: "unavailable",
      scope: "message",
      hint: "Nothing was sent. See that the store of the suppression list is there.",
      cause,
    });
  }
}

function suppressed(address: string, reason: string): MailError {
  return new MailError(`${address} is on the suppression list: ${reason}`, {
    code: "suppressed",
    hint: "Remove the address from the suppression list if you are sure that it wants mail again.",
  });
}

/** The mail without suppressed recipients. @throws MailError `suppressed` where nobody is left */
export async function withoutSuppressed(
  mail: PreparedMessage,
  suppressions: Suppressions | undefined,
): Promise<{ readonly mail: PreparedMessage; readonly suppressed: readonly RejectedRecipient[] }> {
  const errors = await suppressionErrors(suppressions, mail.envelope.to, mail.tags);
  const errorFor = (address: string): MailError | undefined => errors.get(address.toLowerCase());
  const suppressed = mail.envelope.to.flatMap((address) => {
    const error = errorFor(address);
    return error === undefined ? [] : [{ address, error }];
  });
  if (suppressed.length === 0) return { mail, suppressed };
  const kept = mail.envelope.to.filter((address) => errorFor(address) === undefined);
  if (kept.length === 0) throw (suppressed[0] as RejectedRecipient).error;
  const wanted = ({ address }: { readonly address: string }): boolean => kept.includes(address);
  const people = { to: mail.to.filter(wanted), cc: mail.cc.filter(wanted), bcc: mail.bcc.filter(wanted) };
  return { mail: Object.freeze({ ...mail, ...people, envelope: { ...mail.envelope, to: kept } }), suppressed };
}
