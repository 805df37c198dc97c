import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import { api } from "../api/client.ts";
import type { InboxCount } from "../api/types.ts";

const gatherMs = 300;

/** Names and counts of the inboxes, loaded anew at most a few times a second. */
export function useInboxes(): { readonly list: readonly InboxCount[]; refresh(): void } {
  const [list, setList] = useState<readonly InboxCount[]>([]);
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  const load = useCallback(() => {
    timer.current = undefined;
    api.inboxes().then(
      ({ inboxes }) => setList(inboxes),
      () => undefined,
    );
  }, []);
  useEffect(load, [load]);
  const refresh = useCallback(() => {
    timer.current ??= setTimeout(load, gatherMs);
  }, [load]);
  return { list, refresh };
}
