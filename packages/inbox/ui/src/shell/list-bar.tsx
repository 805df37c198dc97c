import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { api } from "../api/client.ts";
import type { MailListState } from "../list/mail-list-state.ts";
import { announce } from "../shared/announcer.tsx";
import { IconButton } from "../shared/icon-button.tsx";

interface Props {
  readonly mails: MailListState;
  readonly query: { readonly inbox: string; readonly search: string };
}

const count = new Intl.NumberFormat();

/** How many there are, and what can be done with all of them. */
export function ListBar({ mails: { total, unread }, query }: Props): JSX.Element {
  const [asking, setAsking] = useState(false);
  const run = (work: Promise<void>, done: string): void => {
    work.then(
      () => announce(done),
      (error: Error) => announce(error.message),
    );
  };
  return (
    <div class="list-bar">
      {asking ? (
        <>
          <span class="list-bar-count">Delete all {count.format(total)}?</span>
          <button
            type="button"
            class="button danger small"
            onClick={() => {
              setAsking(false);
              run(api.clear(query), "Deleted all");
            }}
          >
            Delete
          </button>
          <button type="button" class="button small" onClick={() => setAsking(false)}>
            Keep
          </button>
        </>
      ) : (
        <>
          <span class="list-bar-count">
            {count.format(total)} {total === 1 ? "mail" : "mails"}
            {unread > 0 && <span class="list-bar-unread">, {count.format(unread)} unread</span>}
          </span>
          <IconButton icon="check" label="Mark all as read" onClick={() => run(api.markAllRead(query), "All read")} />
          <IconButton icon="trash" label="Delete all" danger onClick={() => setAsking(true)} />
        </>
      )}
    </div>
  );
}
