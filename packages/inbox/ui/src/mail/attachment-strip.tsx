import type { JSX } from "preact";
import { attachmentUrl } from "../api/client.ts";
import type { Mail } from "../api/types.ts";
import { bytes } from "../shared/format.ts";
import { Icon } from "../shared/icon.tsx";

export function AttachmentStrip({ mail }: { readonly mail: Mail }): JSX.Element | null {
  if (mail.attachments.length === 0) return null;
  return (
    <ul class="strip attachments" aria-label="Attachments">
      {mail.attachments.map(({ index, filename, contentType, disposition, size }) => (
        <li key={index}>
          <a class="attachment" href={attachmentUrl(mail.id, index)} download title={contentType}>
            <Icon name={disposition === "inline" ? "images" : "clip"} />
            <span>{filename ?? contentType}</span>
            <span class="muted">{bytes(size)}</span>
          </a>
        </li>
      ))}
    </ul>
  );
}
