import type { JSX } from "preact";
import { sourceUrl } from "../api/client.ts";
import { CopyButton } from "../shared/copy-button.tsx";
import { Failure } from "../shared/failure.tsx";
import { ScrollArea } from "../shared/scroll-area.tsx";
import { useLoaded } from "../shared/use-loaded.ts";

/** More would make the browser crawl; the download has all of it. */
const maxShown = 500_000;

export function SourceView({ id }: { readonly id: string }): JSX.Element {
  const { value: source, error } = useLoaded(id, async () => (await fetch(sourceUrl(id))).text());
  if (source === undefined) return <Failure error={error} />;
  return (
    <ScrollArea label="Source of the mail">
      <span class="corner">
        <CopyButton text={source} label="source" />
      </span>
      <pre class="source">{source.slice(0, maxShown)}</pre>
      {source.length > maxShown && (
        <p class="muted">
          The beginning is shown. <a href={sourceUrl(id, true)}>Download all of it</a>
        </p>
      )}
    </ScrollArea>
  );
}
