import type { JSX } from "preact";
import { useState } from "preact/hooks";

interface Props {
  readonly title: string;
  readonly tone: string;
  /** Kinds of this event at the mail's provider, the usual one first. */
  readonly details: readonly string[];
  readonly onFire: (detail: string | undefined) => void;
}

/** A button that reports an event, with a choice of its kind where the provider knows several. */
export function EventButton({ title, tone, details, onFire }: Props): JSX.Element {
  const [detail, setDetail] = useState<string>();
  return (
    <span class="event-button">
      <button type="button" class={`button ${tone}`} onClick={() => onFire(detail)}>
        {title}
      </button>
      {details.length > 1 && (
        <select
          aria-label={`Kind of ${title.toLowerCase()}`}
          value={detail ?? details[0]}
          onChange={(event) => setDetail(event.currentTarget.value)}
        >
          {details.map((name) => (
            <option key={name} value={name}>
              {name.replaceAll("_", " ").replaceAll("-", " ")}
            </option>
          ))}
        </select>
      )}
    </span>
  );
}
