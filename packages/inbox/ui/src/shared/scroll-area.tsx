import type { ComponentChildren, JSX } from "preact";

interface Props {
  readonly label: string;
  /** Default `document`. */
  readonly className?: string;
  readonly children: ComponentChildren;
}

/** A part of the page that scrolls by itself, also by keyboard: it takes the focus, and the arrows (WCAG 2.1.1). */
export function ScrollArea({ label, className = "document", children }: Props): JSX.Element {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard.
    <section class={`${className} scrolls`} tabIndex={0} aria-label={label}>
      {children}
    </section>
  );
}
