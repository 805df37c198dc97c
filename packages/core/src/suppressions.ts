import { addressKey } from "./address-key.ts";
import { MailError } from "./mail-error.ts";
import { withSomebodyInTo } from "./narrow-mail.ts";
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
  /**
   * Which of `addresses` are on the list for a mail with these tags. Addresses compare case-insensitively, whichever
   * form their domains are written in.
   */
  find(addresses: readonly string[], mail: { readonly tags: readonly string[] }): Promise<readonly Suppression[]>;
}

/** What a send is told about the list. */
export type SuppressionChoice = "apply" | "ignore" | undefined;

/** A mail, or that of a merge, that knows whether it goes to suppressed addresses too. */
export function withChoice<Mail extends object>(mail: Mail, choice: SuppressionChoice): Mail {
  return choice === "ignore" ? Object.freeze({ ...mail, suppressions: choice }) : mail;
}

/** The error of each address that must not get this mail. */
export async function suppressionErrors(
  suppressions: Suppressions | undefined,
  addresses: readonly string[],
  mail: Pick<PreparedMessage, "tags" | "suppressions">,
): Promise<ReadonlyMap<string, MailError>> {
  const ignored = suppressions === undefined || mail.suppressions === "ignore";
  const found = ignored ? [] : await askSuppressions(suppressions, addresses, mail.tags);
  const reasons = new Map(found.map(({ address, reason }) => [addressKey(address), reason]));
  return new Map(
    addresses.flatMap((address) => {
      const reason = reasons.get(addressKey(address));
      return reason === undefined ? [] : [[address, suppressed(address, reason)]];
    }),
  );
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
  const errors = await suppressionErrors(suppressions, mail.envelope.to, mail);
  const suppressed = Array.from(errors, ([address, error]): RejectedRecipient => ({ address, error }));
  const [first] = suppressed;
  if (first === undefined) return { mail, suppressed };
  const kept = mail.envelope.to.filter((address) => !errors.has(address));
  if (kept.length === 0) throw first.error;
  const wanted = ({ address }: { readonly address: string }): boolean => kept.includes(address);
  const people = { to: mail.to.filter(wanted), cc: mail.cc.filter(wanted), bcc: mail.bcc.filter(wanted) };
  const shown = mail.to.length > 0 ? withSomebodyInTo(people) : people;
  return { mail: Object.freeze({ ...mail, ...shown, envelope: { ...mail.envelope, to: kept } }), suppressed };
}
