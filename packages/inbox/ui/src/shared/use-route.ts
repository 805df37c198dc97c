import { useEffect, useState } from "preact/hooks";

/** What the address after `#` says: `#/mail/ID/links`. */
export interface Route {
  readonly mailId?: string;
  readonly tab?: string;
}

export function useRoute(): Route {
  const [route, setRoute] = useState(readRoute);
  useEffect(() => {
    const update = (): void => setRoute(readRoute());
    window.addEventListener("hashchange", update);
    return () => window.removeEventListener("hashchange", update);
  }, []);
  return route;
}

/** Moving along the list replaces the entry, so that going back leaves the mail at once. */
export function goTo({ mailId, tab }: Route, replace = false): void {
  const hash = mailId === undefined ? "#/" : `#/mail/${mailId}${tab === undefined ? "" : `/${tab}`}`;
  if (hash === location.hash) return;
  history[replace ? "replaceState" : "pushState"](null, "", hash);
  // The browser tells of its own moves alone, and late: keys that repeat must not wait for it.
  window.dispatchEvent(new Event("hashchange"));
}

/** What the address says now, drawn or not. */
export function readRoute(): Route {
  const [, mailId, tab] = /^#\/mail\/([\w-]+)(?:\/([\w-]+))?$/.exec(location.hash) ?? [];
  return { ...(mailId !== undefined && { mailId }), ...(tab !== undefined && { tab }) };
}
