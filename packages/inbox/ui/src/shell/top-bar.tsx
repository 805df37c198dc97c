import type { JSX } from "preact";
import type { InboxCount } from "../api/types.ts";
import type { PanelName } from "../panels/panels.tsx";
import { Icon } from "../shared/icon.tsx";
import { IconButton } from "../shared/icon-button.tsx";

interface Props {
  readonly inboxes: readonly InboxCount[];
  readonly inbox: string;
  readonly onInbox: (name: string) => void;
  readonly search: string;
  readonly onSearch: (search: string) => void;
  readonly connected: boolean;
  readonly onPanel: (panel: PanelName) => void;
}

const syntax = "from: to: subject: tag: has:attachment before: after:";

export function TopBar(props: Props): JSX.Element {
  const { inboxes, inbox, onInbox, search, onSearch, connected, onPanel } = props;
  return (
    <header class="top-bar">
      <div class="brand" aria-hidden="true">
        <svg viewBox="0 0 32 32" role="presentation">
          <rect width="32" height="32" rx="8" />
          <path d="M7 17.5 10.2 9.6A1 1 0 0 1 11.1 9h9.8a1 1 0 0 1 .9.6L25 17.5V22a1.5 1.5 0 0 1-1.5 1.5h-15A1.5 1.5 0 0 1 7 22Zm0 0h5.2l1.3 2.5h5l1.3-2.5H25" />
        </svg>
        <span>Inbox</span>
      </div>
      <select class="chooser" aria-label="Inbox" value={inbox} onChange={(event) => onInbox(event.currentTarget.value)}>
        <option value="">All inboxes</option>
        {inboxes.map(({ name, total, unread }) => (
          <option key={name} value={name}>
            {name} ({unread > 0 ? `${unread} of ${total}` : total})
          </option>
        ))}
        {inbox !== "" && !inboxes.some(({ name }) => name === inbox) && <option value={inbox}>{inbox} (0)</option>}
      </select>
      <search class="search">
        <Icon name="search" />
        <input
          id="search"
          type="search"
          aria-label={`Search: free text, or ${syntax}`}
          aria-keyshortcuts="/"
          placeholder={`Search   ${syntax}`}
          autocomplete="off"
          spellcheck={false}
          value={search}
          onInput={(event) => onSearch(event.currentTarget.value)}
          onKeyDown={(event) => {
            if (event.key === "Enter" || event.key === "Escape") document.getElementById("mail-list")?.focus();
            if (event.key === "Escape") onSearch("");
            if (event.key === "Enter" || event.key === "Escape") event.stopPropagation();
          }}
        />
        <kbd>/</kbd>
      </search>
      <span class={`live ${connected ? "" : "lost"}`} role="status">
        <span class="live-dot" aria-hidden="true" />
        <span class="live-text">{connected ? "Live" : "Connecting…"}</span>
      </span>
      <IconButton icon="bolt" label="Faults" shortcut="f" onClick={() => onPanel("faults")} />
      <IconButton icon="hook" label="Webhooks and addresses" shortcut="w" onClick={() => onPanel("webhooks")} />
      <button type="button" class="icon-button help" aria-label="Keys" title="Keys (?)" onClick={() => onPanel("help")}>
        ?
      </button>
    </header>
  );
}
