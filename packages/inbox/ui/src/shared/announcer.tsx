import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";

const eventName = "inbox-announce";

/** Says something to screen readers, and shows it for a moment unless it is on the page anyway. */
export function announce(text: string, { shown = true }: { readonly shown?: boolean } = {}): void {
  window.dispatchEvent(new CustomEvent(eventName, { detail: { text, shown } }));
}

const shownMs = 3_500;

export function Announcer(): JSX.Element {
  const [{ text, shown }, setMessage] = useState({ text: "", shown: false });
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const onAnnounce = (event: Event): void => {
      if (!(event instanceof CustomEvent)) return;
      clearTimeout(timer);
      setMessage(event.detail);
      timer = setTimeout(() => setMessage({ text: "", shown: false }), shownMs);
    };
    window.addEventListener(eventName, onAnnounce);
    return () => {
      window.removeEventListener(eventName, onAnnounce);
      clearTimeout(timer);
    };
  }, []);
  return (
    <div class={`announcer ${shown ? "shown" : ""}`} role="status">
      {text}
    </div>
  );
}
