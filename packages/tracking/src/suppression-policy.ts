import {
  addressKey,
  checkOptions,
  type MailEvent,
  misconfigured,
  parseAddress,
  type SuppressionEntry,
} from "@mail/core";
import { endAfter, shortNote } from "./new-suppression.ts";

/** For how long and for which mail. */
export interface SuppressionRule {
  /** From the event on, in milliseconds. Default: for good. */
  readonly expiresInMs?: number | undefined;
  /** The tag to which it is limited. Default: all mail; of one-click unsubscribe, that of the link. */
  readonly scope?: string | ((event: MailEvent) => string) | undefined;
}

/** Which events put an address on the list: `false` for never. */
export interface SuppressionPolicy {
  /** Hard bounces, and what a provider refuses because of them. Default: all mail, for good. */
  readonly bounced?: boolean | SuppressionRule | undefined;
  /** Default: all mail, for good. */
  readonly complained?: boolean | SuppressionRule | undefined;
  /** Default: all mail, or the scope of the link, for good. One-click unsubscribe always suppresses. */
  readonly unsubscribed?: boolean | SuppressionRule | undefined;
  /** Bounces that are not permanent, such as a full mailbox. Default: never. */
  readonly softBounced?: false | (SuppressionRule & { readonly expiresInMs: number }) | undefined;
}

/** The provider of events that come from our own links; their scope is the `detail`. */
export const ownProvider = "tracker";

/** @throws MailError `configuration` that names the option */
export function checkSuppressionPolicy(policy: SuppressionPolicy): void {
  const rule = { type: ["boolean", "object"] } as const;
  checkOptions(
    "createTracker",
    policy,
    { bounced: rule, complained: rule, unsubscribed: rule, softBounced: rule },
    "suppress.",
  );
  const rules = { expiresInMs: { type: "number", min: 1 }, scope: { type: ["string", "function"] } } as const;
  for (const [name, value] of Object.entries(policy))
    if (typeof value === "object") checkOptions("createTracker", value, rules, `suppress.${name}.`);
  const { softBounced } = policy;
  if (softBounced !== undefined && softBounced !== false && softBounced.expiresInMs === undefined)
    throw misconfigured(
      "suppress.softBounced",
      "does not say for how long",
      "Write { expiresInMs: 86_400_000 }: such an address may take mail later.",
    );
}

/**
 * What an event puts on the list. A bounce or refusal counts where it is permanent, or where the provider itself refuses
 * the address for what happened before.
 */
export function suppressionFor(event: MailEvent, policy: SuppressionPolicy = {}): SuppressionEntry | undefined {
  const kind = kindOf(event);
  const rule = kind === undefined ? undefined : (policy[kind] ?? kind !== "softBounced");
  const address = addressOf(event.recipient);
  if (kind === undefined || address === undefined || rule === undefined || rule === false) return undefined;
  const { expiresInMs } = rule === true ? ({} as SuppressionRule) : rule;
  const at = event.at.getTime();
  const note = event.response ?? (event.provider === ownProvider ? undefined : event.detail);
  return {
    address,
    reason: kind === "softBounced" ? "bounced" : kind,
    scope: scopeOf(event, rule),
    at,
    ...(expiresInMs !== undefined && { expiresAt: endAfter(at, expiresInMs) }),
    ...(note !== undefined && note !== "" && { note: shortNote(note) }),
    ...(event.mailId !== undefined && { mailId: event.mailId }),
  };
}

/** The unsubscribe that an event lifts: that of the same scope. Never a bounce or a complaint. */
export function liftedBy(
  event: MailEvent,
  { unsubscribed: rule }: SuppressionPolicy = {},
): Pick<SuppressionEntry, "address" | "reason" | "scope"> | undefined {
  const address = event.type === "subscribed" ? addressOf(event.recipient) : undefined;
  return address === undefined ? undefined : { address, reason: "unsubscribed", scope: scopeOf(event, rule) };
}

function kindOf({ type, reason, permanent = false }: MailEvent): keyof SuppressionPolicy | undefined {
  if (type === "complained" || type === "unsubscribed") return type;
  if (type === "bounced") return permanent ? "bounced" : "softBounced";
  if (type !== "rejected") return undefined;
  if (reason === "unsubscribed") return "unsubscribed";
  // Not a filter's verdict on one mail, which says nothing of the address.
  if (reason === "spam") return permanent ? "complained" : undefined;
  return reason === "bounced" || permanent ? "bounced" : undefined;
}

function scopeOf(event: MailEvent, rule: boolean | SuppressionRule | undefined): string {
  if (event.provider === ownProvider) return event.detail ?? "";
  const scope = typeof rule === "object" ? rule.scope : undefined;
  return (typeof scope === "function" ? scope(event) : scope) ?? "";
}

/** `undefined` for what a mailer takes for no address either, and so never mails. */
function addressOf(recipient: string | undefined): string | undefined {
  if (recipient === undefined) return undefined;
  try {
    return addressKey(parseAddress(recipient, "recipient").address);
  } catch {
    return undefined;
  }
}
