import type { JSX } from "preact";
import type { InboxInfo } from "../api/types.ts";
import { CopyButton } from "../shared/copy-button.tsx";
import { viaNames } from "../shared/format.ts";

const shown = ["smtp", "sendgrid", "mailgun", "ses"] as const;

const inboxHints = {
  login: "each key is an inbox of its own",
  "sender-domain": "each domain that sends is an inbox of its own",
  "recipient-domain": "each domain of a recipient is an inbox of its own",
} as const;

function hintOf({ inboxBy, anyLogin }: InboxInfo): string {
  if (anyLogin) return `Any password or key works; ${inboxHints[inboxBy]}.`;
  return inboxBy === "login" ? "" : `${inboxHints[inboxBy]}.`.replace(/^e/, "E");
}

/** What to do first: the addresses to send to. */
export function EmptyInbox({ info }: { readonly info: InboxInfo | undefined }): JSX.Element {
  return (
    <section class="empty">
      <svg class="empty-picture" viewBox="0 0 96 72" aria-hidden="true">
        <path d="M10 42 24 12h48l14 30v20a4 4 0 0 1-4 4H14a4 4 0 0 1-4-4Z" />
        <path d="M10 42h22l6 10h20l6-10h22" />
      </svg>
      <h2>Waiting for mail</h2>
      <p>Point your app at one of these. {info !== undefined && hintOf(info)}</p>
      {info !== undefined && (
        <dl class="urls">
          {shown.map((via) => (
            <div key={via}>
              <dt>
                <span class={`via ${via}`}>{viaNames[via]}</span>
              </dt>
              <dd>
                <code>MAIL_URL={info.urls[via]}</code>
                <CopyButton text={info.urls[via]} label={`MAIL_URL for ${viaNames[via]}`} />
              </dd>
            </div>
          ))}
        </dl>
      )}
    </section>
  );
}
