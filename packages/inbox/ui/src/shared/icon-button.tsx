import type { JSX } from "preact";
import { Icon, type IconName } from "./icon.tsx";

interface Props {
  readonly icon: IconName;
  readonly label: string;
  /** Key that does the same. */
  readonly shortcut?: string;
  readonly pressed?: boolean;
  readonly danger?: boolean;
  readonly onClick: () => void;
}

export function IconButton({ icon, label, shortcut, pressed, danger, onClick }: Props): JSX.Element {
  return (
    <button
      type="button"
      class={`icon-button ${danger ? "danger" : ""}`}
      aria-label={label}
      aria-pressed={pressed}
      aria-keyshortcuts={shortcut}
      title={shortcut === undefined ? label : `${label} (${shortcut})`}
      onClick={onClick}
    >
      <Icon name={icon} />
    </button>
  );
}
