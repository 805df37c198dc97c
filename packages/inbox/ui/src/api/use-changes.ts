import { useEffect, useRef, useState } from "preact/hooks";
import { eventsUrl } from "./client.ts";
import type { MailSummary } from "./types.ts";

export type Change =
  | { readonly type: "caught"; readonly mail: MailSummary }
  | { readonly type: "changed"; readonly id: string; readonly unread: boolean }
  | { readonly type: "deleted"; readonly id: string }
  | { readonly type: "cleared"; readonly inbox?: string }
  /** Connected: something may have been missed before. */
  | { readonly type: "connected" };

const types = ["caught", "changed", "deleted", "cleared"] as const;
const gatherMs = 80;

/** Live updates, handed over in gathered lots so that a flood of mails does not draw the list a thousand times. */
export function useChanges(handle: (changes: readonly Change[]) => void): boolean {
  const [connected, setConnected] = useState(true);
  const handler = useRef(handle);
  handler.current = handle;
  useEffect(() => {
    let gathered: Change[] = [];
    let timer: ReturnType<typeof setTimeout> | undefined;
    const push = (change: Change): void => {
      gathered.push(change);
      timer ??= setTimeout(() => {
        const changes = gathered;
        gathered = [];
        timer = undefined;
        handler.current(changes);
      }, gatherMs);
    };
    const source = new EventSource(eventsUrl);
    source.onopen = () => {
      setConnected(true);
      push({ type: "connected" });
    };
    source.onerror = () => setConnected(false);
    for (const type of types)
      source.addEventListener(type, (event) => push({ type, ...JSON.parse(event.data) } as Change));
    return () => {
      source.close();
      clearTimeout(timer);
    };
  }, []);
  return connected;
}
