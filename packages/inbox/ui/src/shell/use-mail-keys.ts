import { useCallback, useEffect, useRef } from "preact/hooks";
import { api } from "../api/client.ts";
import type { MailSummary } from "../api/types.ts";
import type { PanelName } from "../panels/panels.tsx";
import { announce } from "../shared/announcer.tsx";
import { characterKeysAreOn } from "../shared/character-keys.ts";
import { goTo, readRoute } from "../shared/use-route.ts";

export interface MailActions {
  remove(): void;
  setUnread(unread: boolean): void;
  close(): void;
}

interface Options {
  readonly mails: readonly MailSummary[];
  readonly select: (id: string) => void;
  readonly setPanel: (panel: PanelName | undefined) => void;
}

/** What the keys and the buttons of a mail do. */
export function useMailKeys(options: Options): MailActions {
  const latest = useRef(options);
  latest.current = options;

  const move = useCallback((step: number) => {
    const { mails, select } = latest.current;
    const { mailId } = readRoute();
    const at = mails.findIndex(({ id }) => id === mailId);
    const next = mails[at === -1 ? 0 : Math.min(Math.max(at + step, 0), mails.length - 1)];
    if (next !== undefined) select(next.id);
  }, []);
  const close = useCallback(() => goTo({}), []);
  const remove = useCallback(() => {
    const { mails, select } = latest.current;
    const { mailId: selectedId } = readRoute();
    if (selectedId === undefined) return;
    const at = mails.findIndex(({ id }) => id === selectedId);
    const next = mails[at + 1] ?? mails[at - 1];
    api.remove(selectedId).then(
      () => announce("Deleted"),
      (error: Error) => announce(error.message),
    );
    if (at !== -1 && next !== undefined) select(next.id);
    else close();
  }, [close]);
  const setUnread = useCallback((unread: boolean) => {
    const { mailId } = readRoute();
    if (mailId === undefined) return;
    api.markRead(mailId, unread).catch((error: Error) => announce(error.message));
  }, []);

  useEffect(() => {
    const keys: Readonly<Record<string, () => void>> = {
      j: () => move(1),
      k: () => move(-1),
      ArrowDown: () => move(1),
      ArrowUp: () => move(-1),
      Enter: () => document.getElementById("mail-subject")?.focus(),
      u: () => {
        const { mailId } = readRoute();
        setUnread(!latest.current.mails.find(({ id }) => id === mailId)?.unread);
      },
      Delete: remove,
      "#": remove,
      "/": () => document.getElementById("search")?.focus(),
      "?": () => latest.current.setPanel("help"),
      f: () => latest.current.setPanel("faults"),
      w: () => latest.current.setPanel("webhooks"),
      Escape: close,
    };
    const onKey = (event: KeyboardEvent): void => {
      const action = Object.hasOwn(keys, event.key) ? keys[event.key] : undefined;
      // The browser tells late that a dialog was closed; the next key may be there before.
      if (action === undefined || document.querySelector("dialog[open]") !== null || isForControl(event)) return;
      if (event.key.length === 1 && !characterKeysAreOn()) return;
      event.preventDefault();
      action();
    };
    window.addEventListener("keydown", onKey);
    return () => window.removeEventListener("keydown", onKey);
  }, [move, remove, setUnread, close]);
  return { remove, setUnread, close };
}

/** Keys with modifiers are the browser's, keys in fields are text, Enter on a button is the button's. */
function isForControl(event: KeyboardEvent): boolean {
  if (event.ctrlKey || event.metaKey || event.altKey) return true;
  // A dialog that was just closed keeps the focus until the next frame.
  if (!(event.target instanceof Element) || event.target.closest("dialog:not([open])") !== null) return false;
  if (event.target.closest("input, textarea, select, dialog") !== null) return event.key !== "Escape";
  if (event.target.closest(".scrolls") !== null && event.key.startsWith("Arrow")) return true;
  return event.key === "Enter" && event.target.closest("button, a, summary") !== null;
}
