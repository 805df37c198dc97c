import type { JSX } from "preact";
import type { Mail } from "../api/types.ts";
import { CopyButton } from "../shared/copy-button.tsx";
import { Icon } from "../shared/icon.tsx";
import { ScrollArea } from "../shared/scroll-area.tsx";
import { type Difference, envelopeDifferences } from "./envelope-differences.ts";

/** Who the mail really came from and went to, against what its headers say. */
export function EnvelopeView({ mail }: { readonly mail: Mail }): JSX.Element {
  const ids = {
    "Provider id": mail.providerId,
    "Message-ID": mail.messageId,
    "X-Mail-Id": mail.mailId,
    "Inbox id": mail.id,
  };
  return (
    <ScrollArea label="Envelope">
      <table class="facts envelope">
        <thead>
          <tr>
            <td />
            <th scope="col">Envelope</th>
            <th scope="col">Headers</th>
          </tr>
        </thead>
        <tbody>
          <tr>
            <th scope="row">From</th>
            <td>{mail.envelope.from === "" ? "<> (the null sender)" : mail.envelope.from}</td>
            <td>{mail.from?.address ?? "—"}</td>
          </tr>
          <tr>
            <th scope="row">To</th>
            <Lines values={mail.envelope.to} />
            <Lines values={[...mail.to, ...mail.cc].map(({ address }) => address)} />
          </tr>
        </tbody>
      </table>
      <Differences differences={envelopeDifferences(mail)} />
      <table class="facts">
        <tbody>
          {Object.entries(ids).map(([name, id]) => (
            <tr key={name}>
              <th scope="row">{name}</th>
              <td>
                {id === undefined ? (
                  "—"
                ) : (
                  <CopyButton text={id} label={name}>
                    {id}
                  </CopyButton>
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </ScrollArea>
  );
}

function Lines({ values }: { readonly values: readonly string[] }): JSX.Element {
  return (
    <td>
      {values.map((value, index) => (
        <div key={`${index} ${value}`}>{value}</div>
      ))}
      {values.length === 0 && "—"}
    </td>
  );
}

function Differences({ differences }: { readonly differences: readonly Difference[] }): JSX.Element {
  if (differences.length === 0)
    return (
      <p class="difference good">
        <Icon name="check" /> Envelope and headers name the same addresses.
      </p>
    );
  return (
    <ul class="differences" aria-label="Differences">
      {differences.map(({ address, text }) => (
        <li class="difference" key={address + text}>
          <Icon name="note" />
          <span>
            <strong>{address}</strong> {text}
          </span>
        </li>
      ))}
    </ul>
  );
}
