import type { JSX } from "preact";
import type { MailSummary } from "../api/types.ts";
import { longDate, recipientsLine, shortDate, viaNames } from "../shared/format.ts";
import { Icon } from "../shared/icon.tsx";

interface Props {
  readonly mail: MailSummary;
  /** In pixels. */
  readonly top: number;
  readonly position: number;
  readonly total: number;
  readonly selected: boolean;
  readonly onSelect: (id: string) => void;
}

/** The keyboard reaches rows through the list that holds them. */
export function MailRow({ mail, top, position, total, selected, onSelect }: Props): JSX.Element {
  const { id, via, subject, unread, envelope, attachments, tags, receivedAt } = mail;
  const files = attachments.filter(({ disposition }) => disposition === "attachment").length;
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the listbox handles the keys (aria-activedescendant).
    // biome-ignore lint/a11y/useFocusableInteractive: the listbox has the focus (aria-activedescendant).
    <div
      id={`mail-${id}`}
      class={`mail-row ${unread ? "unread" : ""}`}
      role="option"
      aria-selected={selected}
      aria-posinset={position}
      aria-setsize={total}
      style={{ transform: `translateY(${top}px)` }}
      onClick={() => onSelect(id)}
    >
      <div class="mail-row-line">
        {unread && <span class="hidden">Unread: </span>}
        <span class="mail-row-subject">{subject || "(no subject)"}</span>
        {files > 0 && (
          <span class="mail-row-files">
            <Icon name="clip" />
            <span class="hidden">, with attachments</span>
          </span>
        )}
        <time class="mail-row-time" dateTime={receivedAt} title={longDate(receivedAt)}>
          {shortDate(receivedAt)}
        </time>
      </div>
      <div class="mail-row-line second">
        <span class="mail-row-to">
          <span class="hidden">to </span>
          {recipientsLine(envelope.to)}
        </span>
        {tags.slice(0, 1).map((tag) => (
          <span class="tag" key={tag}>
            {tag}
          </span>
        ))}
        <span class={`via ${via}`}>{viaNames[via]}</span>
      </div>
    </div>
  );
}
