import { useEffect, useRef } from "preact/hooks";

/** Gives the focus back to the list once the mail is closed and the list is drawn, by whatever way. */
export function useFocusOfList(mailOpen: boolean): void {
  const wasOpen = useRef(mailOpen);
  useEffect(() => {
    if (wasOpen.current && !mailOpen) document.getElementById("mail-list")?.focus();
    wasOpen.current = mailOpen;
  }, [mailOpen]);
}
