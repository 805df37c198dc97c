import type { ActiveFault, Delivery, FaultRule, Targets, WebhookAction, WebhookKeys } from "./event-types.ts";
import type { Checks, FollowedLink, InboxCount, InboxInfo, Mail, MailPage } from "./types.ts";

const base = "api/v1";

/** An answer of the API that is no success, with its advice. */
export class ApiFailure extends Error {
  readonly hint: string | undefined;

  constructor(message: string, hint?: string) {
    super(message);
    this.hint = hint;
  }
}

export interface ListQuery {
  readonly inbox: string;
  readonly search: string;
  readonly limit?: number;
  readonly before?: string | undefined;
}

/** What came of a release. */
interface Released {
  readonly accepted: readonly string[];
  readonly rejected: readonly { readonly address: string; readonly reason: string }[];
}

/** Names of the kinds of each event, the usual one first. */
type WebhookDetails = Readonly<Record<string, Readonly<Record<WebhookAction, readonly string[]>>>>;

export const api = {
  info: (): Promise<InboxInfo> => call("GET", "/info"),
  inboxes: (): Promise<{ inboxes: InboxCount[] }> => call("GET", "/inboxes"),
  mails: (query: ListQuery): Promise<MailPage> => call("GET", `/mails?${parameters(query)}`),
  mail: (id: string): Promise<Mail> => call("GET", `/mails/${id}`),
  checks: (id: string): Promise<Checks> => call("GET", `/mails/${id}/checks`),
  followLinks: (id: string): Promise<{ links: FollowedLink[] }> => call("POST", `/mails/${id}/links`),
  markRead: (id: string, unread: boolean): Promise<void> => call("PATCH", `/mails/${id}`, { unread }),
  markAllRead: (query: ListQuery): Promise<void> => call("PATCH", `/mails?${parameters(query)}`, { unread: false }),
  remove: (id: string): Promise<void> => call("DELETE", `/mails/${id}`),
  clear: (query: ListQuery): Promise<void> => call("DELETE", `/mails?${parameters(query)}`),
  release: (id: string, to: readonly string[]): Promise<Released> => call("POST", `/mails/${id}/release`, { to }),
  fire: (id: string, action: WebhookAction, detail?: string): Promise<Delivery> =>
    call("POST", `/mails/${id}/events`, { action, detail }),
  details: (): Promise<WebhookDetails> => call("GET", "/webhooks/details"),
  deliveries: (mail: string): Promise<{ deliveries: Delivery[] }> => call("GET", `/webhooks/log?mail=${mail}`),
  replay: (id: string): Promise<Delivery> => call("POST", `/webhooks/log/${id}/replay`),
  targets: (): Promise<Targets> => call("GET", "/webhooks/targets"),
  setTargets: (targets: Targets): Promise<Targets> => call("PUT", "/webhooks/targets", targets),
  keys: (): Promise<WebhookKeys> => call("GET", "/webhooks/keys"),
  faults: (): Promise<{ faults: ActiveFault[] }> => call("GET", "/faults"),
  faultAddresses: (): Promise<{ addresses: { name: string; does: string }[] }> => call("GET", "/faults/addresses"),
  addFault: (rule: FaultRule): Promise<ActiveFault> => call("POST", "/faults", rule),
  removeFault: (id: string): Promise<void> => call("DELETE", `/faults/${id}`),
};

export function sourceUrl(id: string, download = false): string {
  return `${base}/mails/${id}/source${download ? "?download=1" : ""}`;
}

export function attachmentUrl(id: string, index: number): string {
  return `${base}/mails/${id}/attachments/${index}`;
}

export function previewUrl(id: string, options: { readonly images: boolean; readonly dark: boolean }): string {
  return `preview/${id}?images=${options.images ? 1 : 0}&scheme=${options.dark ? "dark" : "light"}`;
}

export const eventsUrl = `${base}/events`;

async function call<Answer>(method: string, path: string, body?: unknown): Promise<Answer> {
  const json =
    body === undefined ? {} : { headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) };
  const answer = await fetch(`${base}${path}`, { method, ...json }).catch(() => {
    throw new ApiFailure("The inbox does not answer.", "Is it still running?");
  });
  if (answer.status === 204) return undefined as Answer;
  const value = await answer.json();
  if (!answer.ok) throw new ApiFailure(value?.error?.message ?? `Status ${answer.status}`, value?.error?.hint);
  return value;
}

function parameters({ inbox, search, limit, before }: ListQuery): URLSearchParams {
  const given = Object.entries({ inbox, search, before, limit: limit?.toString() });
  return new URLSearchParams(given.filter((pair): pair is [string, string] => Boolean(pair[1])));
}
