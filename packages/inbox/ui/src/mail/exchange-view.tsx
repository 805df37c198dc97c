import type { JSX } from "preact";
import type { ApiRequest } from "../api/types.ts";
import { CopyButton } from "../shared/copy-button.tsx";
import { readableBody } from "../shared/readable-body.ts";
import { ScrollArea } from "../shared/scroll-area.tsx";

/** What client (`C:`) and server (`S:`) said. */
export function DialogueView({ lines }: { readonly lines: readonly string[] }): JSX.Element {
  return (
    <ScrollArea label="SMTP dialogue">
      <span class="corner">
        <CopyButton text={lines.join("\n")} label="dialogue" />
      </span>
      <ol class="dialogue">
        {lines.map((line, index) => (
          <li class={/^(?:C|>)/.test(line) ? "client" : "server"} key={`${index} ${line}`}>
            {line}
          </li>
        ))}
      </ol>
    </ScrollArea>
  );
}

export function RequestView({ request }: { readonly request: ApiRequest }): JSX.Element {
  return (
    <ScrollArea label="API request">
      <p class="request-line">
        <strong>{request.method}</strong> <code>{request.path}</code>
      </p>
      <table class="facts">
        <tbody>
          {Object.entries(request.headers).map(([name, value]) => (
            <tr key={name}>
              <th scope="row">{name}</th>
              <td>{value}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <div class="block">
        <span class="corner">
          <CopyButton text={request.body} label="body" />
        </span>
        <pre>{readableBody(request.body)}</pre>
      </div>
    </ScrollArea>
  );
}
