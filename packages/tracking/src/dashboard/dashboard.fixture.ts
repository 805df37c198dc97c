import { type MailEvent, memoryStore, type Store } from "@mail/core";
import { createTracker } from "../create-tracker.ts";
import { mailEvent } from "../tracker.fixture.ts";
import type { Tracker } from "../tracker.ts";
import type { DashboardOptions } from "./dashboard-options.ts";

export const origin = "http://localhost:3000";
export const path = "/admin/mail";

export interface OpenDashboard {
  readonly store: Required<Store>;
  readonly tracker: Tracker;
  /** Asks for a view by its query, such as `?view=mail`. */
  get(query?: string, init?: RequestInit): Promise<Response>;
  /** The text of a view that is there. */
  page(query?: string): Promise<string>;
  /** Posts a form as its own page does. */
  post(query: string, form: Readonly<Record<string, string>> | FormData, headers?: HeadersInit): Promise<Response>;
}

/** A dashboard of a tracker that knows of nothing yet. */
export function openDashboard(options: DashboardOptions = {}, store: Required<Store> = memoryStore()): OpenDashboard {
  const tracker = createTracker({ store });
  const dashboard = tracker.dashboard({ authorize: () => true, ...options });
  const get: OpenDashboard["get"] = (query = "", init = {}) => dashboard(new Request(`${origin}${path}${query}`, init));
  return {
    store,
    tracker,
    get,
    async page(query) {
      const answer = await get(query);
      if (answer.status !== 200) throw new Error(`${query} answered ${answer.status}`);
      return answer.text();
    },
    post(query, form, headers = { "sec-fetch-site": "same-origin" }) {
      const body = form instanceof FormData ? form : new URLSearchParams(form);
      return get(query, { method: "POST", body, headers });
    },
  };
}

/** A mail of now with one recipient, and what became of it. */
export async function send(
  { store, tracker }: OpenDashboard,
  id: string,
  mail: {
    readonly recipient?: string;
    readonly subject?: string;
    readonly tags?: readonly string[];
    readonly transport?: string;
  },
  events: readonly Partial<MailEvent>[] = [],
): Promise<void> {
  const { recipient = "ada@example.com", subject = "Hi", tags = [], transport = "ses" } = mail;
  const at = Date.now() - 60_000;
  await store.tracking?.recordMails([{ id, at, transport, recipients: [recipient], subject, tags, metadata: {} }]);
  await tracker.add(
    events.map((event) => mailEvent({ mailId: id, recipient, at: new Date(at + 1000), tags, ...event })),
  );
}
