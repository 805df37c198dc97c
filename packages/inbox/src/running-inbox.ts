import type { CaughtMail } from "./caught-mail.ts";
import type { Inbox, InboxContext, InboxUrls } from "./inbox.ts";
import type { MailQuery } from "./mail-store.ts";
import { waitForMail } from "./wait-for.ts";

interface Parts {
  readonly urls: InboxUrls;
  readonly certificate: string;
  readonly close: () => Promise<void>;
}

const defaultWaitMs = 5_000;

/** What `startInbox` hands out. */
export function runningInbox(context: InboxContext, { urls, certificate, close }: Parts): Inbox {
  const { hub, faults, webhooks } = context;
  const closing = new AbortController();
  let closed: Promise<void> | undefined;

  function messages(query: MailQuery = {}): readonly CaughtMail[] {
    const { mails } = hub.store.list({ ...query, limit: query.limit ?? Number.POSITIVE_INFINITY });
    return mails.flatMap(({ id }) => hub.store.get(id) ?? []).reverse();
  }

  function closeOnce(): Promise<void> {
    closing.abort(new Error("The inbox was closed."));
    closed ??= close();
    return closed;
  }

  return {
    urls,
    certificate,
    faults,
    webhookKeys: webhooks.keys,
    setWebhookTargets: (targets) => webhooks.setTargets(targets),
    messages,
    source: (id) => hub.store.source(id),
    async waitFor(predicate, { timeoutMs = defaultWaitMs } = {}) {
      const { signal } = closing;
      return waitForMail(hub, { predicate, timeoutMs, present: signal.aborted ? [] : messages(), signal });
    },
    async fire(id, action, options) {
      const mail = hub.store.get(id);
      if (mail === undefined) throw new Error(`There is no mail ${JSON.stringify(id)}.`);
      return webhooks.fire(mail, action, options);
    },
    clear: (inbox) => hub.clear(inbox),
    close: closeOnce,
    [Symbol.asyncDispose]: closeOnce,
  };
}
