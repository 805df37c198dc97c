import type { JSX } from "preact";
import type { InboxInfo } from "../api/types.ts";
import { Dialog } from "../shared/dialog.tsx";
import { FaultsPanel } from "./faults-panel.tsx";
import { KeysPanel } from "./keys-panel.tsx";
import { WebhooksPanel } from "./webhooks-panel.tsx";

export type PanelName = "help" | "faults" | "webhooks";

interface Props {
  readonly name: PanelName;
  readonly info: InboxInfo | undefined;
  readonly onClose: () => void;
}

const titles = { help: "Keys and search", faults: "Faults", webhooks: "Webhooks and addresses" } as const;

export function Panels({ name, info, onClose }: Props): JSX.Element {
  return (
    <Dialog title={titles[name]} onClose={onClose}>
      {name === "help" && <KeysPanel />}
      {name === "faults" && <FaultsPanel />}
      {name === "webhooks" && <WebhooksPanel info={info} />}
    </Dialog>
  );
}
