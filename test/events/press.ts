import type { Inbox, Via, WebhookAction, WebhookDelivery } from "@mail/inbox";

/** Whom a press is about, and what it is to say. */
interface Press {
  /** The usual one of the action where it is left out. */
  readonly detail?: string | undefined;
  /** Default: all of the mail's. */
  readonly recipient?: string;
}

type Details = Readonly<Record<Via, Readonly<Record<WebhookAction, readonly string[]>>>>;

/** The events that an inbox offers for mails of each adapter. */
export function eventsOffered(inbox: Inbox): Promise<Details> {
  return askInbox(inbox, "webhooks/details");
}

/** Does what the button of an event does, for the mail that the app knows by this id. */
export async function press(
  inbox: Inbox,
  mailId: string,
  action: WebhookAction,
  { detail, recipient }: Press = {},
): Promise<WebhookDelivery> {
  const { id } = await inbox.waitFor(
    (mail) => mail.mailId === mailId && (recipient === undefined || mail.envelope.to.includes(recipient)),
  );
  return await askInbox(inbox, `mails/${id}/events`, { action, detail, recipient });
}

/** Does what the button of an entry in the delivery log does. */
export function replay(inbox: Inbox, { id }: WebhookDelivery): Promise<WebhookDelivery> {
  return askInbox(inbox, `webhooks/log/${id}/replay`, {});
}

/** Newest first. */
export async function deliveryLog(inbox: Inbox): Promise<readonly WebhookDelivery[]> {
  const { deliveries } = await askInbox<{ readonly deliveries: readonly WebhookDelivery[] }>(inbox, "webhooks/log");
  return deliveries;
}

/** What the JSON API answers to the page. */
async function askInbox<Answer>(inbox: Inbox, path: string, body?: object): Promise<Answer> {
  const response = await fetch(`${inbox.urls.web}/api/v1/${path}`, {
    ...(body !== undefined && {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(body),
    }),
  });
  if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
  return (await response.json()) as Answer;
}
