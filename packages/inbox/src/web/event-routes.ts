import { Hono } from "hono";
import type { HubChange } from "../hub.ts";
import type { InboxContext } from "../inbox.ts";
import type { MailStore } from "../mail-store.ts";
import { summaryOf } from "../stored-mail.ts";

const heartbeatMs = 20_000;
/** A reader that lags this many bytes behind is cut off; it connects anew and loads the list. */
const maxWaitingBytes = 8 * 1024 * 1024;

/** Changes as server-sent events: `caught` with the mail's summary, `changed`, `deleted`, `cleared`. */
export function eventRoutes({ hub }: InboxContext): Hono {
  const routes = new Hono();
  routes.get("/events", (c) => {
    c.header("Content-Type", "text/event-stream; charset=utf-8");
    c.header("Cache-Control", "no-cache, no-transform");
    c.header("X-Accel-Buffering", "no");
    return c.body(eventStream((listener) => hub.onChange((change) => listener(messageOf(change, hub.store)))));
  });
  return routes;
}

function eventStream(subscribe: (listener: (message: string) => void) => () => void): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  let stop = (): void => undefined;
  return new ReadableStream<Uint8Array>(
    {
      start(controller) {
        const send = (message: string): void => {
          if ((controller.desiredSize ?? 0) > 0) {
            controller.enqueue(encoder.encode(message));
          } else {
            stop();
            controller.close();
          }
        };
        const heartbeat = setInterval(() => send(":\n\n"), heartbeatMs);
        heartbeat.unref();
        const unsubscribe = subscribe(send);
        stop = () => {
          clearInterval(heartbeat);
          unsubscribe();
        };
        send("retry: 1000\n\n");
      },
      cancel: () => stop(),
    },
    new ByteLengthQueuingStrategy({ highWaterMark: maxWaitingBytes }),
  );
}

function messageOf(change: HubChange, store: MailStore): string {
  return `event: ${change.type}\ndata: ${JSON.stringify(dataOf(change, store))}\n\n`;
}

function dataOf(change: HubChange, store: MailStore): unknown {
  if (change.type === "caught") return { mail: summaryOf(change.mail) };
  if (change.type === "changed") return { id: change.id, unread: store.get(change.id)?.unread ?? false };
  return change.type === "deleted" ? { id: change.id } : { inbox: change.inbox };
}
