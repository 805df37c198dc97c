import type { JSX } from "preact";
import type { Tab, TabName } from "./mail-tabs.tsx";

interface Props {
  readonly label: string;
  readonly tabs: readonly Tab[];
  readonly current: TabName;
  readonly onChoose: (name: TabName) => void;
}

/** Tabs as the ARIA practices have them: one stop of the Tab key, arrows within. */
export function Tabs({ label, tabs, current, onChoose }: Props): JSX.Element {
  const onKeyDown = (event: KeyboardEvent): void => {
    const at = tabs.findIndex(({ name }) => name === current);
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1 + tabs.length, Home: 0, End: tabs.length - 1 }[event.key];
    const next = to === undefined ? undefined : tabs[to % tabs.length];
    if (next === undefined) return;
    event.preventDefault();
    onChoose(next.name);
    document.getElementById(`tab-${next.name}`)?.focus();
  };
  return (
    <div class="tabs" role="tablist" aria-label={label} onKeyDown={onKeyDown}>
      {tabs.map(({ name, title, count, warns }) => (
        <button
          key={name}
          type="button"
          role="tab"
          id={`tab-${name}`}
          class="tab"
          aria-selected={name === current}
          aria-controls="tab-panel"
          tabIndex={name === current ? 0 : -1}
          onClick={() => onChoose(name)}
        >
          {title}
          {count !== undefined && count > 0 && <span class={`tab-count ${warns ? "warns" : ""}`}>{count}</span>}
        </button>
      ))}
    </div>
  );
}
