import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";

const eventName = "inbox-announce";

/** Says something to screen readers, and shows it for a moment. */
export function announce(text: string): void {
  window.dispatchEvent(new CustomEvent(eventName, { detail: text }));
}

const shownMs = 3_500;

export function Announcer(): JSX.Element {
  const [text, setText] = useState("");
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const onAnnounce = (event: Event): void => {
      if (!(event instanceof CustomEvent)) return;
      clearTimeout(timer);
      setText(String(event.detail));
      timer = setTimeout(() => setText(""), shownMs);
    };
    window.addEventListener(eventName, onAnnounce);
    return () => {
      window.removeEventListener(eventName, onAnnounce);
      clearTimeout(timer);
    };
  }, []);
  return (
    <div class={`announcer ${text === "" ? "" : "shown"}`} role="status">
      {text}
    </div>
  );
}
