import type { JSX } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import type { MailSummary } from "../api/types.ts";
import { MailRow } from "./mail-row.tsx";

/** As `.mail-row` has it in the style sheet. */
const rowHeight = 60;
const overscan = 8;

interface Props {
  readonly mails: readonly MailSummary[];
  readonly total: number;
  readonly selectedId: string | undefined;
  readonly onSelect: (id: string) => void;
  readonly onEnd: () => void;
}

/** Draws only the rows in sight, so that ten thousand mails cost as much as twenty. */
export function MailList({ mails, total, selectedId, onSelect, onEnd }: Props): JSX.Element {
  const list = useRef<HTMLDivElement>(null);
  const [view, setView] = useState({ top: 0, height: 800 });
  const measure = (): void => {
    const element = list.current;
    if (element !== null) setView({ top: element.scrollTop, height: element.clientHeight });
  };
  useLayoutEffect(() => {
    measure();
    const observer = new ResizeObserver(measure);
    if (list.current !== null) observer.observe(list.current);
    return () => observer.disconnect();
  }, []);

  const first = Math.max(0, Math.floor(view.top / rowHeight) - overscan);
  const last = Math.min(mails.length, Math.ceil((view.top + view.height) / rowHeight) + overscan);
  useEffect(() => {
    if (last >= mails.length - overscan) onEnd();
  }, [last, mails.length, onEnd]);

  const selected = mails.findIndex(({ id }) => id === selectedId);
  useEffect(() => {
    const element = list.current;
    if (element === null || selected === -1) return;
    const top = selected * rowHeight;
    if (top < element.scrollTop) element.scrollTop = top;
    else if (top + rowHeight > element.scrollTop + element.clientHeight)
      element.scrollTop = top + rowHeight - element.clientHeight;
  }, [selectedId]);

  const shown = mails.slice(first, last);
  const activeId = shown.some(({ id }) => id === selectedId) ? `mail-${selectedId}` : undefined;
  return (
    <div
      ref={list}
      class="mail-list"
      id="mail-list"
      role="listbox"
      tabIndex={0}
      aria-label="Mails"
      aria-activedescendant={activeId}
      onScroll={measure}
    >
      <div class="mail-list-space" role="presentation" style={{ height: `${mails.length * rowHeight}px` }}>
        {shown.map((mail, index) => (
          <MailRow
            key={mail.id}
            mail={mail}
            top={(first + index) * rowHeight}
            position={first + index + 1}
            total={total}
            selected={mail.id === selectedId}
            onSelect={onSelect}
          />
        ))}
      </div>
    </div>
  );
}
