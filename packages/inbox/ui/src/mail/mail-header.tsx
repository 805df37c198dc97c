import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { sourceUrl } from "../api/client.ts";
import type { Address, InboxInfo, Mail } from "../api/types.ts";
import { bytes, longDate, nameOf, viaNames } from "../shared/format.ts";
import { Icon } from "../shared/icon.tsx";
import { IconButton } from "../shared/icon-button.tsx";
import type { MailActions } from "../shell/use-mail-keys.ts";
import { ReleaseForm } from "./release-form.tsx";

interface Props {
  readonly mail: Mail;
  readonly release: InboxInfo["release"];
  readonly actions: MailActions;
}

export function MailHeader({ mail, release, actions }: Props): JSX.Element {
  const [releasing, setReleasing] = useState(false);
  return (
    <header class="mail-header">
      <div class="mail-actions">
        <span class="only-narrow">
          <IconButton icon="back" label="Back to the list" shortcut="Escape" onClick={actions.close} />
        </span>
        <span class={`via ${mail.via}`}>{viaNames[mail.via]}</span>
        <span class="mail-inbox" title="Inbox">
          {mail.inbox}
        </span>
        <span class="spring" />
        {release !== undefined && (
          <IconButton
            icon="send"
            label={`Release through ${release.transport}`}
            pressed={releasing}
            onClick={() => setReleasing(!releasing)}
          />
        )}
        <a class="icon-button" href={sourceUrl(mail.id, true)} aria-label="Download .eml" title="Download .eml">
          <Icon name="download" />
        </a>
        <IconButton
          icon="mail"
          label={mail.unread ? "Mark as read" : "Mark as unread"}
          shortcut="u"
          onClick={() => actions.setUnread(!mail.unread)}
        />
        <IconButton icon="trash" label="Delete" shortcut="Delete" danger onClick={actions.remove} />
      </div>
      <h2 id="mail-subject" tabIndex={-1}>
        {mail.subject || "(no subject)"}
      </h2>
      <dl class="mail-people">
        <People term="From" addresses={mail.from === undefined ? [] : [mail.from]} />
        <People term="To" addresses={mail.to} />
        <People term="Cc" addresses={mail.cc} />
        <People term="Bcc" addresses={mail.bcc} />
        <People term="Reply to" addresses={mail.replyTo} />
      </dl>
      <p class="mail-facts">
        <time dateTime={mail.receivedAt}>{longDate(mail.receivedAt)}</time>
        <span>{bytes(mail.size)}</span>
        {mail.sendAt !== undefined && <span class="later">Scheduled for {longDate(mail.sendAt)}</span>}
        {mail.tags.map((tag) => (
          <span class="tag" key={tag}>
            {tag}
          </span>
        ))}
        {Object.entries(mail.metadata).map(([name, value]) => (
          <span class="metadata" key={name}>
            {name}: {value}
          </span>
        ))}
      </p>
      {releasing && release !== undefined && <ReleaseForm mail={mail} release={release} />}
    </header>
  );
}

function People({
  term,
  addresses,
}: {
  readonly term: string;
  readonly addresses: readonly Address[];
}): JSX.Element | null {
  if (addresses.length === 0) return null;
  return (
    <div>
      <dt>{term}</dt>
      <dd>
        {addresses.map((address, index) => (
          <span class="person" key={`${index} ${address.address}`}>
            {address.name === undefined ? (
              <strong>{address.address}</strong>
            ) : (
              <>
                <strong>{nameOf(address)}</strong> <span class="muted">&lt;{address.address}&gt;</span>
              </>
            )}
          </span>
        ))}
      </dd>
    </div>
  );
}
