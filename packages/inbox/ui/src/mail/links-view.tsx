import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { api } from "../api/client.ts";
import type { Checks, FollowedLink } from "../api/types.ts";
import { announce } from "../shared/announcer.tsx";
import { CopyButton } from "../shared/copy-button.tsx";
import { Failure } from "../shared/failure.tsx";
import { ScrollArea } from "../shared/scroll-area.tsx";

interface Props extends Pick<Checks, "links"> {
  readonly id: string;
}

/** All links, to read whole and to copy; those that a browser would run are no links here. */
export function LinksView({ id, links }: Props): JSX.Element {
  const [followed, setFollowed] = useState<readonly FollowedLink[]>([]);
  const [running, setRunning] = useState(false);
  const [error, setError] = useState<Error>();
  const follow = async (): Promise<void> => {
    setRunning(true);
    setError(undefined);
    try {
      const answer = await api.followLinks(id);
      setFollowed(answer.links);
      announce(summaryOf(answer.links));
    } catch (thrown) {
      setError(thrown instanceof Error ? thrown : new Error(String(thrown)));
    }
    setRunning(false);
  };

  if (links.length === 0) return <p class="nothing">This mail has no links.</p>;
  return (
    <ScrollArea label="Links">
      <div class="links-bar">
        <button type="button" class="button" aria-disabled={running} onClick={() => running || void follow()}>
          {running ? "Following…" : "Follow the links"}
        </button>
        <span class="muted">Your app may take it for clicks.</span>
      </div>
      <Failure error={error} />
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
              <Outcome link={followed.find((link) => link.url === url)} />
            </div>
            <CopyButton text={url} label={`address ${label ?? url}`} />
          </li>
        ))}
      </ul>
    </ScrollArea>
  );
}

function Outcome({ link }: { readonly link: FollowedLink | undefined }): JSX.Element | null {
  if (link === undefined) return null;
  const { status, error, redirects } = link;
  return (
    <p class="link-outcome">
      <span class={`state ${isGood(link) ? "delivered" : "failed"}`}>{status ?? "no answer"}</span>
      {error !== undefined && <span>{error}</span>}
      {redirects.length > 0 && <span class="muted">by way of {redirects.join(", ")}</span>}
    </p>
  );
}

function isGood({ status, error }: FollowedLink): boolean {
  return error === undefined && status !== undefined && status < 400;
}

function summaryOf(links: readonly FollowedLink[]): string {
  const bad = links.filter((link) => !isGood(link)).length;
  return bad === 0 ? "All links work" : `${bad} of ${links.length} links do not work`;
}
