import type { Via } from "../caught-mail.ts";
import type { WebhookAction } from "../webhook.ts";

/** The events that a provider has for each action, by name; the first is the usual one. */
export type EventVariants<Variant> = Readonly<Record<WebhookAction, Readonly<Record<string, Variant>>>>;

/** @throws Error that says which there are */
export function variantOf<Variant>(
  variants: EventVariants<Variant>,
  { via, action, detail }: { readonly via: Via; readonly action: WebhookAction; readonly detail?: string | undefined },
): Variant {
  const named: Readonly<Record<string, Variant>> | undefined = Object.hasOwn(variants, action)
    ? variants[action]
    : undefined;
  if (named === undefined)
    throw new Error(`action: ${JSON.stringify(action)} is none of ${Object.keys(variants).join(", ")}.`);
  const names = Object.keys(named);
  if (names.length === 0)
    throw new Error(
      `${action}: there is no mail that reports it; SMTP tells of deliveries, bounces and complaints alone.`,
    );
  const name = detail ?? names[0] ?? "";
  const variant = Object.hasOwn(named, name) ? named[name] : undefined;
  if (variant === undefined)
    throw new Error(`detail: ${via} has no ${JSON.stringify(name)} for ${action}, but ${names.join(", ")}.`);
  return variant;
}

export function namesOf(variants: EventVariants<unknown>): Readonly<Record<WebhookAction, readonly string[]>> {
  const { deliver, soft_bounce, hard_bounce, complain, open, click, unsubscribe } = variants;
  const names = (named: object): readonly string[] => Object.keys(named);
  return {
    deliver: names(deliver),
    soft_bounce: names(soft_bounce),
    hard_bounce: names(hard_bounce),
    complain: names(complain),
    open: names(open),
    click: names(click),
    unsubscribe: names(unsubscribe),
  };
}
