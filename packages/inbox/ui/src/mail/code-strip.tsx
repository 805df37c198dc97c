import type { JSX } from "preact";
import { CopyButton } from "../shared/copy-button.tsx";

/** One-time codes, a click away from the clipboard. */
export function CodeStrip({ codes }: { readonly codes: readonly string[] }): JSX.Element | null {
  if (codes.length === 0) return null;
  return (
    <div class="strip">
      <span class="strip-name">{codes.length === 1 ? "Code" : "Codes"}</span>
      {codes.map((code) => (
        <CopyButton key={code} text={code} label="code">
          <code class="one-time-code">{code}</code>
        </CopyButton>
      ))}
    </div>
  );
}
