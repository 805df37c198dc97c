import type { JSX } from "preact";
import type { Checks } from "../api/types.ts";
import { CopyButton } from "../shared/copy-button.tsx";
import { ScrollArea } from "../shared/scroll-area.tsx";

/** All links, to read whole and to copy; those that a browser would run are no links here. */
export function LinksView({ links }: Pick<Checks, "links">): JSX.Element {
  if (links.length === 0) return <p class="nothing">This mail has no links.</p>;
  return (
    <ScrollArea label="Links">
      <ul class="links">
        {links.map(({ url, label }) => (
          <li key={url}>
            <div>
              {label !== undefined && <span class="link-label">{label}</span>}
              {/^https?:/i.test(url) ? (
                <a href={url} target="_blank" rel="noopener noreferrer">
                  {url}
                </a>
              ) : (
                <code>{url}</code>
              )}
            </div>
            <CopyButton text={url} label={`address ${label ?? url}`} />
          </li>
        ))}
      </ul>
    </ScrollArea>
  );
}
