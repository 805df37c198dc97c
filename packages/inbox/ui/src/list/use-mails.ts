import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import { api } from "../api/client.ts";
import type { Change } from "../api/use-changes.ts";
import { emptyList, type MailListState, withChanges, withFirstPage, withNextPage } from "./mail-list-state.ts";

const pageSize = 100;

export interface Mails extends MailListState {
  readonly loaded: boolean;
  readonly error: Error | undefined;
  loadMore(): void;
  apply(changes: readonly Change[]): void;
}

/** The list for an inbox and a search, kept up to date. */
export function useMails(inbox: string, search: string): Mails {
  const [state, setState] = useState(emptyList);
  const [loaded, setLoaded] = useState(false);
  const [error, setError] = useState<Error>();
  const current = useRef(state);
  const loading = useRef(false);
  const requests = useRef({ started: 0, answered: 0, running: 0 });
  /** What changed while pages were on their way. */
  const meanwhile = useRef<readonly Change[]>([]);
  const query = useRef({ inbox, search });
  query.current = { inbox, search };

  const show = useCallback((next: MailListState) => {
    current.current = next;
    setState(next);
  }, []);

  /** Loads a page, unless the question changed meanwhile; an answer may be older than changes that were told already. */
  const load = useCallback(
    async (before: string | undefined, merge: (state: MailListState, page: MailListState) => MailListState) => {
      const asked = query.current;
      const { current: request } = requests;
      if (request.running === 0) meanwhile.current = [];
      const turn = ++request.started;
      request.running++;
      const page = await api.mails({ ...asked, limit: pageSize, before }).catch((thrown: unknown) => {
        setError(thrown instanceof Error ? thrown : new Error(String(thrown)));
      });
      request.running--;
      setLoaded(true);
      const { inbox: shownInbox, search: shownSearch } = query.current;
      if (page === undefined || asked.inbox !== shownInbox || asked.search !== shownSearch) return;
      setError(undefined);
      // A further page is right whenever it comes; of two first pages the one asked for later is.
      if (before === undefined && turn < request.answered) return;
      if (before === undefined) request.answered = turn;
      const merged = merge(current.current, page);
      const next = withChanges(merged, meanwhile.current, asked);
      show(next ?? merged);
      if (next === undefined && request.running === 0) void load(undefined, withFirstPage);
    },
    [show],
  );

  useEffect(() => {
    void load(undefined, (_, page) => page);
  }, [inbox, search, load]);

  const loadMore = useCallback(() => {
    const last = current.current.mails.at(-1)?.id;
    if (loading.current || last === undefined || current.current.mails.length >= current.current.total) return;
    loading.current = true;
    void load(last, withNextPage).finally(() => {
      loading.current = false;
    });
  }, [load]);

  const apply = useCallback(
    (changes: readonly Change[]) => {
      if (requests.current.running > 0) meanwhile.current = [...meanwhile.current, ...changes];
      const next = withChanges(current.current, changes, query.current);
      if (next === undefined) void load(undefined, withFirstPage);
      else show(next);
    },
    [load, show],
  );

  return { ...state, loaded, error, loadMore, apply };
}
