import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { api } from "../api/client.ts";
import type { WebhookAction } from "../api/event-types.ts";
import type { Mail } from "../api/types.ts";
import { announce } from "../shared/announcer.tsx";
import { Failure } from "../shared/failure.tsx";
import { viaNames } from "../shared/format.ts";
import { ScrollArea } from "../shared/scroll-area.tsx";
import { useLoaded } from "../shared/use-loaded.ts";
import { DeliveryItem } from "./delivery-item.tsx";
import { EventButton } from "./event-button.tsx";

const actions: readonly { readonly action: WebhookAction; readonly title: string; readonly tone: string }[] = [
  { action: "deliver", title: "Deliver", tone: "good" },
  { action: "soft_bounce", title: "Soft bounce", tone: "middling" },
  { action: "hard_bounce", title: "Hard bounce", tone: "bad" },
  { action: "complain", title: "Complain", tone: "bad" },
  { action: "open", title: "Open", tone: "good" },
  { action: "click", title: "Click", tone: "good" },
  { action: "unsubscribe", title: "Unsubscribe", tone: "middling" },
];

const refreshMs = 1_500;

/** Tells the app what became of the mail, as the provider would, and shows how the app answered. */
export function EventsView({ mail }: { readonly mail: Mail }): JSX.Element {
  const log = useLoaded(mail.id, async () => (await api.deliveries(mail.id)).deliveries);
  const details = useLoaded("details", api.details);
  const [error, setError] = useState<Error>();
  const pending = log.value?.some(({ state }) => state === "pending") ?? false;
  useEffect(() => {
    if (!pending) return;
    const timer = setInterval(log.reload, refreshMs);
    return () => clearInterval(timer);
  }, [pending, log.reload]);

  const run = async (work: Promise<{ readonly state: string }>): Promise<void> => {
    setError(undefined);
    try {
      announce(`Webhook ${(await work).state}`);
    } catch (thrown) {
      setError(thrown instanceof Error ? thrown : new Error(String(thrown)));
    }
    log.reload();
  };

  return (
    <ScrollArea label="Events">
      <p class="muted">
        {mail.via === "smtp"
          ? "Each button sends a report by mail to the sender. Servers report no opens, clicks or unsubscribes."
          : `Each button sends the signed webhook of ${viaNames[mail.via]} to your app.`}
      </p>
      <fieldset class="event-buttons" aria-label="Report to the app">
        {actions.map(({ action, title, tone }) => {
          const kinds = details.value?.[mail.via]?.[action] ?? [];
          if (kinds.length === 0) return null;
          const onFire = (detail: string | undefined) => void run(api.fire(mail.id, action, detail));
          return <EventButton key={action} title={title} tone={tone} details={kinds} onFire={onFire} />;
        })}
      </fieldset>
      <Failure error={error ?? details.error ?? log.error} />
      <h3>Delivery log</h3>
      {log.value?.length === 0 && <p class="muted">Nothing was sent yet.</p>}
      <ul class="deliveries">
        {log.value?.map((delivery) => (
          <DeliveryItem key={delivery.id} delivery={delivery} onReplay={() => void run(api.replay(delivery.id))} />
        ))}
      </ul>
    </ScrollArea>
  );
}
