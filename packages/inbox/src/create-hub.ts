import type { Hub, HubChange } from "./hub.ts";
import { ascendingIds } from "./inbox-id.ts";
import { type InboxBy, inboxName } from "./inbox-name.ts";
import type { MailStore } from "./mail-store.ts";
import { parseMail } from "./parse-mail.ts";

/** Parses what comes in, stores it and tells the listeners; `inboxBy` names the inboxes. */
export function createHub(store: MailStore, inboxBy: InboxBy = "login"): Hub {
  const nextId = ascendingIds();
  const listeners = new Set<(change: HubChange) => void>();
  const announce = (change: HubChange): void => {
    for (const listener of [...listeners]) listener(change);
  };

  return {
    store,
    async catchMail(incoming) {
      const inbox = inboxName(inboxBy, { ...incoming, ...incoming.envelope });
      const parsed = await parseMail({ ...incoming, inbox }, new Date());
      // The id is given after parsing, so that ids ascend in the order in which mails are stored.
      const mail = { id: nextId(), ...parsed };
      const evicted = store.add(mail, incoming.source);
      announce({ type: "caught", mail });
      for (const id of evicted) announce({ type: "deleted", id });
      return mail;
    },
    markRead(id, unread) {
      const changed = store.markRead(id, unread);
      if (changed) announce({ type: "changed", id });
      return changed;
    },
    delete(id) {
      const deleted = store.delete(id);
      if (deleted) announce({ type: "deleted", id });
      return deleted;
    },
    clear(inbox) {
      store.clear(inbox);
      announce(inbox === undefined ? { type: "cleared" } : { type: "cleared", inbox });
    },
    onChange(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}
