import type { JSX } from "preact";
import { useCallback, useEffect, useState } from "preact/hooks";
import { api } from "../api/client.ts";
import { type Change, useChanges } from "../api/use-changes.ts";
import { EmptyInbox } from "../list/empty-inbox.tsx";
import { MailList } from "../list/mail-list.tsx";
import { useMails } from "../list/use-mails.ts";
import { MailView } from "../mail/mail-view.tsx";
import { type PanelName, Panels } from "../panels/panels.tsx";
import { Announcer, announce } from "../shared/announcer.tsx";
import { Failure } from "../shared/failure.tsx";
import { useLoaded } from "../shared/use-loaded.ts";
import { goTo, useRoute } from "../shared/use-route.ts";
import { ListBar } from "./list-bar.tsx";
import { TopBar } from "./top-bar.tsx";
import { useDebounced } from "./use-debounced.ts";
import { useFocusOfList } from "./use-focus-of-list.ts";
import { useInboxes } from "./use-inboxes.ts";
import { useMailKeys } from "./use-mail-keys.ts";

const searchDelayMs = 150;

export function App(): JSX.Element {
  const route = useRoute();
  const [inbox, setInbox] = useState("");
  const [search, setSearch] = useState("");
  const [panel, setPanel] = useState<PanelName>();
  const mails = useMails(inbox, useDebounced(search.trim(), searchDelayMs));
  const inboxes = useInboxes();
  const info = useLoaded("info", api.info);
  const selectedId = route.mailId;

  const connected = useChanges((changes) => {
    mails.apply(changes);
    inboxes.refresh();
    announceNew(changes);
  });
  useTitle(mails.unread);
  useFocusOfList(selectedId !== undefined);

  const select = useCallback((id: string) => goTo({ mailId: id }, location.hash.startsWith("#/mail/")), []);
  const actions = useMailKeys({ mails: mails.mails, select, setPanel });
  const nothingAtAll = mails.loaded && inboxes.list.length === 0 && mails.total === 0;

  return (
    <div class="app" data-view={selectedId === undefined ? "list" : "mail"}>
      <TopBar
        inboxes={inboxes.list}
        inbox={inbox}
        onInbox={setInbox}
        search={search}
        onSearch={setSearch}
        connected={connected}
        onPanel={setPanel}
      />
      {nothingAtAll ? (
        <main class="main-empty">
          <h1 class="hidden">Inbox</h1>
          <EmptyInbox info={info.value} />
        </main>
      ) : (
        <main class="panes">
          <h1 class="hidden">Inbox</h1>
          <section class="list-pane" aria-label="List">
            <ListBar mails={mails} query={{ inbox, search: search.trim() }} />
            <Failure error={mails.error} />
            {mails.loaded && mails.total === 0 ? (
              <p class="nothing">No mail matches.</p>
            ) : (
              <MailList
                mails={mails.mails}
                total={mails.total}
                selectedId={selectedId}
                onSelect={select}
                onEnd={mails.loadMore}
              />
            )}
          </section>
          <section class="mail-pane" aria-label="Mail">
            {selectedId === undefined ? (
              <p class="nothing">
                Choose a mail. <kbd>j</kbd> and <kbd>k</kbd> walk the list, <kbd>?</kbd> shows all keys.
              </p>
            ) : (
              <MailView
                key={selectedId}
                id={selectedId}
                tab={route.tab}
                summary={mails.mails.find(({ id }) => id === selectedId)}
                release={info.value?.release}
                actions={actions}
              />
            )}
          </section>
        </main>
      )}
      {panel !== undefined && (
        <Panels
          key={panel}
          name={panel}
          info={info.value}
          onClose={() => setPanel((shown) => (shown === panel ? undefined : shown))}
        />
      )}
      <Announcer />
    </div>
  );
}

function announceNew(changes: readonly Change[]): void {
  const caught = changes.flatMap((change) => (change.type === "caught" ? change.mail : []));
  if (caught.length === 1) announce(`New mail: ${caught[0]?.subject || "no subject"}`);
  else if (caught.length > 1) announce(`${caught.length} new mails`);
}

function useTitle(unread: number): void {
  useEffect(() => {
    document.title = unread === 0 ? "Inbox" : `(${unread}) Inbox`;
  }, [unread]);
}
