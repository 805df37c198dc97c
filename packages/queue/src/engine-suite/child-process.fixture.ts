import type { Settlement } from "../job.ts";
import type { ChildOrder, ChildReport } from "./child-messages.fixture.ts";
import type { EngineModule } from "./engine-subject.fixture.ts";

/** Runs as a process of its own: an engine that works and adds as it is told, and can be killed at any moment. */
const [module = "", storage = ""] = process.argv.slice(2);
const { openEngine }: EngineModule = await import(module);
const engine = await openEngine(storage);
const held = new Map<string, (settlement: Settlement) => void>();
const report = (message: ChildReport) => process.send?.(message);

process.on("message", (order: ChildOrder) => {
  if (order.do === "work") work(order);
  else if (order.do === "settle") held.get(order.id)?.(order.settlement);
  else if (order.do === "close")
    void engine.close().then(() => process.send?.({ did: "close" }, () => process.disconnect()));
  else void engine.add(order.jobs).then((added) => report({ did: "add", ids: added.map(({ id }) => id) }));
});
process.on("disconnect", () => process.exit());
report({ did: "open" });

function work({ concurrency, leaseMs, hold }: ChildOrder & { do: "work" }): void {
  engine.work({
    concurrency,
    leaseMs,
    onError: ({ code, message }) => report({ did: "complain", code, text: message }),
    handle: async (job) => {
      report({ did: "take", job });
      if (!hold) return pause(5).then(() => ({ state: "sent", record: `sent by ${process.pid}` }));
      const { promise, resolve } = Promise.withResolvers<Settlement>();
      held.set(job.id, resolve);
      return promise;
    },
  });
}

/** As long as a server takes to answer. */
function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
