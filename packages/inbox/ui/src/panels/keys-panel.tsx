import type { JSX } from "preact";
import { characterKeysAreOn, switchCharacterKeys } from "../shared/character-keys.ts";

const keys: readonly (readonly [keys: readonly string[], does: string])[] = [
  [["j", "↓"], "Next mail"],
  [["k", "↑"], "Mail before"],
  [["Enter"], "Go to the mail"],
  [["Esc"], "Back to the list"],
  [["u"], "Read or unread"],
  [["Delete", "#"], "Delete"],
  [["/"], "Search"],
  [["f"], "Faults"],
  [["w"], "Webhooks and addresses"],
  [["?"], "This help"],
];

const searches: readonly (readonly [example: string, finds: string])[] = [
  ["from:billing", "in the sender"],
  ["to:ada@example.com", "in To, Cc, Bcc and the envelope"],
  ['subject:"your invoice"', "in the subject"],
  ["tag:welcome", "the whole tag"],
  ["has:attachment", "with attachments"],
  ["after:2026-11-23", "from that day on; before: until the day before"],
  ["anything else", "in all of these, the text, file names and ids"],
];

export function KeysPanel(): JSX.Element {
  return (
    <div class="columns">
      <section>
        <h3>Keys</h3>
        <dl class="keys">
          {keys.map(([names, does]) => (
            <div key={does}>
              <dt>
                {names.map((name) => (
                  <kbd key={name}>{name}</kbd>
                ))}
              </dt>
              <dd>{does}</dd>
            </div>
          ))}
        </dl>
        <label class="switch">
          <input
            type="checkbox"
            defaultChecked={characterKeysAreOn()}
            onChange={(event) => switchCharacterKeys(event.currentTarget.checked)}
          />
          Keys of one character, such as j and /
        </label>
      </section>
      <section>
        <h3>Search</h3>
        <dl class="keys searches">
          {searches.map(([example, finds]) => (
            <div key={example}>
              <dt>
                <code>{example}</code>
              </dt>
              <dd>{finds}</dd>
            </div>
          ))}
        </dl>
      </section>
    </div>
  );
}
