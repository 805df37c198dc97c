import type { JSX } from "preact";
import { CopyButton } from "../shared/copy-button.tsx";
import { ScrollArea } from "../shared/scroll-area.tsx";

const address = /(\bhttps?:\/\/[^\s<>"]+[^\s<>".,;:!?')\]}])/g;

export function TextView({ text }: { readonly text: string }): JSX.Element {
  if (text.trim() === "") return <p class="nothing">This mail has no text.</p>;
  return (
    <ScrollArea label="Text of the mail">
      <span class="corner">
        <CopyButton text={text} label="text" />
      </span>
      <div class="mail-text">
        {text.split(address).map((part, index) =>
          index % 2 === 0 ? (
            part
          ) : (
            <a key={`${index} ${part}`} href={part} target="_blank" rel="noopener noreferrer">
              {part}
            </a>
          ),
        )}
      </div>
    </ScrollArea>
  );
}
