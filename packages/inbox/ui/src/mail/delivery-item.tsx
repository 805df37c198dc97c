import type { JSX } from "preact";
import type { Delivery } from "../api/event-types.ts";
import { longDate } from "../shared/format.ts";
import { IconButton } from "../shared/icon-button.tsx";
import { readableBody } from "../shared/readable-body.ts";

interface Props {
  readonly delivery: Delivery;
  readonly onReplay: () => void;
}

/** One webhook: what was sent, and what came back at each try. */
export function DeliveryItem({ delivery, onReplay }: Props): JSX.Element {
  const { action, url, state, attempts, headers, body } = delivery;
  const last = attempts.at(-1);
  return (
    <li class="delivery">
      <div class="delivery-line">
        <span class={`state ${state}`}>{state}</span>
        <strong>{action.replaceAll("_", " ")}</strong>
        <code class="delivery-url">{url}</code>
        <span class="delivery-answer">{last === undefined ? "" : (last.status ?? last.error ?? "")}</span>
        <IconButton icon="replay" label={`Send ${action.replaceAll("_", " ")} again`} onClick={onReplay} />
      </div>
      <details>
        <summary>
          {attempts.length} {attempts.length === 1 ? "try" : "tries"}, headers and body
        </summary>
        <ol class="attempts">
          {attempts.map(({ at, status, error, durationMs }) => (
            <li key={at}>
              {longDate(at)}: {status ?? error} <span class="muted">in {Math.round(durationMs)} ms</span>
            </li>
          ))}
        </ol>
        <pre>
          {Object.entries(headers)
            .map(([name, value]) => `${name}: ${value}\n`)
            .join("")}
          {"\n"}
          {readableBody(body, headers["Content-Type"])}
        </pre>
      </details>
    </li>
  );
}
