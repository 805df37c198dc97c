import type { ComponentChildren, JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { announce } from "./announcer.tsx";
import { Icon } from "./icon.tsx";

const shownMs = 1_600;

interface Props {
  readonly text: string;
  /** What is copied, for those who do not see it. */
  readonly label: string;
  readonly children?: ComponentChildren;
}

export function CopyButton({ text, label, children }: Props): JSX.Element {
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return;
    const timer = setTimeout(() => setCopied(false), shownMs);
    return () => clearTimeout(timer);
  }, [copied]);
  const copy = async (): Promise<void> => {
    await copyText(text);
    setCopied(true);
    announce(`Copied ${label}`);
  };
  return (
    <button
      type="button"
      class={children === undefined ? "icon-button" : "copy"}
      aria-label={children === undefined ? `Copy ${label}` : `Copy ${label}: ${text}`}
      title={`Copy ${label}`}
      onClick={() => void copy()}
    >
      {children}
      <Icon name={copied ? "check" : "copy"} />
    </button>
  );
}

/** The clipboard is there on secure origins alone, of which loopback is one; elsewhere the old way still works. */
async function copyText(text: string): Promise<void> {
  if (navigator.clipboard !== undefined) return navigator.clipboard.writeText(text);
  const field = document.createElement("textarea");
  field.value = text;
  document.body.append(field);
  field.select();
  document.execCommand("copy");
  field.remove();
}
