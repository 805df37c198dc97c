import type { AddressInfo } from "node:net";
import { createAdaptorServer } from "@hono/node-server";
import { expect, test } from "vitest";
import { createHub } from "../create-hub.ts";
import type { InboxContext } from "../inbox.ts";
import { memoryMailStore } from "../memory-mail-store.ts";
import { eventRoutes } from "./event-routes.ts";

test("nobody listens for a reader who has gone", async () => {
  const hub = createHub(memoryMailStore());
  let listeners = 0;
  const counting: InboxContext["hub"] = {
    ...hub,
    onChange(listener) {
      const off = hub.onChange(listener);
      listeners++;
      return () => {
        listeners--;
        off();
      };
    },
  };
  const server = createAdaptorServer(eventRoutes({ hub: counting } as InboxContext));
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  try {
    const leaving = new AbortController();
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/events`;
    const answer = await fetch(url, { signal: leaving.signal });
    await answer.body?.getReader().read();
    expect(listeners).toBe(1);
    leaving.abort();
    await expect.poll(() => listeners).toBe(0);
  } finally {
    server.close();
  }
});
