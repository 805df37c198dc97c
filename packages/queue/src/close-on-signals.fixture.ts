/** A process with two queues in the files named, which it closes when it is told to end. Slow mails never end. */
import { MailError, type Transport } from "@mail/core";
import { closeOnSignals } from "./close-on-signals.ts";
import { createQueue } from "./create-queue.ts";
import { sqlite } from "./sqlite/index.ts";

const transport: Transport = {
  name: "child",
  features: { fields: [] },
  async send({ subject, envelope }, { signal }) {
    process.send?.(`sending ${subject}`);
    if (subject === "quick") return { status: "sent", accepted: envelope.to, rejected: [] };
    if (subject === "slow") await new Promise((resolve) => process.once("message", resolve));
    else await new Promise((resolve) => signal.addEventListener("abort", resolve));
    if (signal.aborted) throw new MailError("stopped", { code: "aborted" });
    return { status: "sent", accepted: envelope.to, rejected: [] };
  },
};

const [, , timeoutMs, ...files] = process.argv;
for (const file of files) {
  const queue = createQueue({ engine: sqlite({ file }) });
  queue.work(transport);
  const close = async (options: { readonly timeoutMs: number }): Promise<void> => {
    await queue.close(options);
    process.send?.(`closed ${file}`);
  };
  closeOnSignals({ close }, { timeoutMs: Number(timeoutMs) });
}
process.on("message", () => undefined);
process.channel?.unref();
