import type { JSX } from "preact";
import type { Checks, Finding } from "../api/types.ts";
import { Icon } from "../shared/icon.tsx";
import { ScrollArea } from "../shared/scroll-area.tsx";

const order = { warning: 0, note: 1, good: 2 } as const;
const icons = { warning: "warning", note: "note", good: "check" } as const;
const words = { warning: "Warning", note: "Note", good: "Good" } as const;

export function ChecksView({ findings }: Pick<Checks, "findings">): JSX.Element {
  const sorted = [...findings].sort((one, other) => order[one.level] - order[other.level]);
  return (
    <ScrollArea label="Checks">
      <ul class="findings">
        {sorted.map((finding) => (
          <FindingItem key={`${finding.check} ${finding.title}`} finding={finding} />
        ))}
      </ul>
    </ScrollArea>
  );
}

function FindingItem({ finding: { level, title, detail, items } }: { readonly finding: Finding }): JSX.Element {
  return (
    <li class={`finding ${level}`}>
      <Icon name={icons[level]} />
      <div>
        <h3>
          <span class="hidden">{words[level]}: </span>
          {title}
        </h3>
        {detail !== undefined && <p>{detail}</p>}
        {items?.map((item, index) => (
          <code key={`${index} ${item}`}>{item || "(empty)"}</code>
        ))}
      </div>
    </li>
  );
}
