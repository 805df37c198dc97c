import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { previewUrl } from "../api/client.ts";
import { Icon, type IconName } from "../shared/icon.tsx";

const widths: readonly { readonly name: string; readonly icon: IconName; readonly className: string }[] = [
  { name: "Phone, 375 pixels", icon: "phone", className: "phone" },
  { name: "Tablet, 768 pixels", icon: "tablet", className: "tablet" },
  { name: "Full width", icon: "desktop", className: "desktop" },
];

interface Props {
  readonly id: string;
  readonly remoteImages: boolean;
}

/** The mail in a frame that may run nothing, load nothing and lead nowhere; links open in tabs of their own. */
export function HtmlPreview({ id, remoteImages }: Props): JSX.Element {
  const [width, setWidth] = useState("desktop");
  const [dark, setDark] = useState(false);
  const [images, setImages] = useState(false);
  return (
    <div class="preview">
      <div class="preview-bar" role="toolbar" aria-label="Preview">
        <fieldset class="segments" aria-label="Width">
          {widths.map(({ name, icon, className }) => (
            <Segment
              key={className}
              icon={icon}
              label={name}
              on={width === className}
              onClick={() => setWidth(className)}
            />
          ))}
        </fieldset>
        <fieldset class="segments" aria-label="Colours">
          <Segment icon="sun" label="Light" on={!dark} onClick={() => setDark(false)} />
          <Segment icon="moon" label="Dark" on={dark} onClick={() => setDark(true)} />
        </fieldset>
        {remoteImages && (
          <button type="button" class="button small" aria-pressed={images} onClick={() => setImages(!images)}>
            <Icon name="images" />
            {images ? "Remote images shown" : "Show remote images"}
          </button>
        )}
      </div>
      <div class={`preview-stage ${dark ? "dark" : "light"}`}>
        <iframe
          class={`preview-frame ${width}`}
          title="HTML of the mail"
          src={previewUrl(id, { images, dark })}
          sandbox="allow-popups allow-popups-to-escape-sandbox"
          referrerpolicy="no-referrer"
        />
      </div>
    </div>
  );
}

interface SegmentProps {
  readonly icon: IconName;
  readonly label: string;
  readonly on: boolean;
  readonly onClick: () => void;
}

function Segment({ icon, label, on, onClick }: SegmentProps): JSX.Element {
  return (
    <button type="button" class="segment" aria-label={label} title={label} aria-pressed={on} onClick={onClick}>
      <Icon name={icon} />
    </button>
  );
}
