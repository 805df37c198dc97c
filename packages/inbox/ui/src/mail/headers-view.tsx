import type { JSX } from "preact";
import type { Mail } from "../api/types.ts";
import { ScrollArea } from "../shared/scroll-area.tsx";

export function HeadersView({ headers }: Pick<Mail, "headers">): JSX.Element {
  if (headers.length === 0) return <p class="nothing">This mail has no headers.</p>;
  return (
    <ScrollArea label="Headers">
      <table class="facts">
        <tbody>
          {headers.map(({ name, value }, index) => (
            <tr key={`${index} ${name}`}>
              <th scope="row">{name}</th>
              <td>{value}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </ScrollArea>
  );
}
