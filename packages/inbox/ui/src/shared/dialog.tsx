import type { ComponentChildren, JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { IconButton } from "./icon-button.tsx";
import { ScrollArea } from "./scroll-area.tsx";

interface Props {
  readonly title: string;
  readonly onClose: () => void;
  readonly children: ComponentChildren;
}

/** The browser's own dialog: it keeps the focus inside, closes with Escape and gives the focus back. */
export function Dialog({ title, onClose, children }: Props): JSX.Element {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current?.showModal(), []);
  // The browser's own way with Escape takes a moment, in which the next key would be lost.
  const closeAtOnce = (event: KeyboardEvent): void => {
    if (event.key !== "Escape") return;
    event.preventDefault();
    event.stopPropagation();
    dialog.current?.close();
  };
  return (
    <dialog ref={dialog} class="dialog" aria-label={title} onClose={onClose} onKeyDown={closeAtOnce}>
      <header>
        <h2>{title}</h2>
        <IconButton icon="close" label="Close" shortcut="Escape" onClick={() => dialog.current?.close()} />
      </header>
      <ScrollArea label={title} className="dialog-body">
        {children}
      </ScrollArea>
    </dialog>
  );
}
