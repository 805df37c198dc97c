import type { MailPage, MailSummary } from "../api/types.ts";
import type { Change } from "../api/use-changes.ts";

/** What of the list is loaded, newest first. */
export interface MailListState {
  readonly mails: readonly MailSummary[];
  readonly total: number;
  readonly unread: number;
}

export const emptyList: MailListState = { mails: [], total: 0, unread: 0 };

/** More than this is let go at the end, and loaded again on scrolling there. */
const maxKept = 2_000;

export function withNextPage(state: MailListState, page: MailPage): MailListState {
  const last = state.mails.at(-1)?.id;
  const further = page.mails.filter(({ id }) => last === undefined || id < last);
  return { mails: [...state.mails, ...further], total: page.total, unread: page.unread };
}

/** The first page anew; what was loaded behind it stays. */
export function withFirstPage(state: MailListState, page: MailPage): MailListState {
  const last = page.mails.at(-1)?.id;
  const behind = page.mails.length < page.total ? state.mails.filter(({ id }) => last !== undefined && id < last) : [];
  return { mails: [...page.mails, ...behind], total: page.total, unread: page.unread };
}

/** Takes changes in. @returns undefined where the first page must be loaded anew to know */
export function withChanges(
  state: MailListState,
  changes: readonly Change[],
  { inbox, search }: { readonly inbox: string; readonly search: string },
): MailListState | undefined {
  let { mails, total, unread } = state;
  const caught: MailSummary[] = [];
  const newest = mails[0]?.id;
  for (const change of changes) {
    if (change.type === "connected" || change.type === "cleared") return undefined;
    if (change.type === "caught") {
      if (search !== "") return undefined;
      if (inbox !== "" && change.mail.inbox !== inbox) continue;
      // Ids ascend: a page that was loaded later has it already.
      if (newest !== undefined && change.mail.id <= newest) continue;
      caught.push(change.mail);
      total++;
      unread++;
      continue;
    }
    const known = caught.find(({ id }) => id === change.id) ?? mails.find(({ id }) => id === change.id);
    if (known === undefined) return undefined;
    if (change.type === "deleted") {
      mails = mails.filter(({ id }) => id !== change.id);
      const index = caught.indexOf(known);
      if (index !== -1) caught.splice(index, 1);
      total--;
      if (known.unread) unread--;
    } else if (known.unread !== change.unread) {
      mails = mails.map((mail) => (mail.id === change.id ? { ...mail, unread: change.unread } : mail));
      unread += change.unread ? 1 : -1;
    }
  }
  if (caught.length > 0) mails = [...caught.reverse(), ...mails].slice(0, maxKept);
  return { mails, total, unread };
}
