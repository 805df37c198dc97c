import { expect, test } from "vitest";
import { caught } from "../caught-mail.fixture.ts";
import type { HubChange } from "../hub.ts";
import type { InboxContext } from "../inbox.ts";
import { eventRoutes } from "./event-routes.ts";

/** A hub whose changes are made by hand. */
function openEvents() {
  const listeners = new Set<(change: HubChange) => void>();
  const hub = {
    store: {},
    onChange(listener: (change: HubChange) => void) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
  const announce = (change: HubChange): void => {
    for (const listener of listeners) listener(change);
  };
  return { listeners, announce, routes: eventRoutes({ hub } as Pick<InboxContext, "hub"> as InboxContext) };
}

test("a reader that lags behind is cut off before what waits for it fills the memory", async () => {
  const { listeners, announce, routes } = openEvents();
  const { body } = await routes.request("/events");
  const headers = [{ name: "X-Large", value: "x".repeat(1_000_000) }];
  for (let count = 0; count < 50; count++) announce({ type: "caught", mail: caught({ headers }) });
  expect(listeners.size).toBe(0);
  let bytes = 0;
  for await (const chunk of body ?? []) bytes += chunk.byteLength;
  expect(bytes).toBeLessThan(20_000_000);
});
