import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type StoreCase, storeCapabilities } from "@mail/store/conformance";
import { describe, test } from "vitest";
import type { ServerProgram } from "../broker-suite/own-server.fixture.ts";
import { natsServer } from "../broker-suite/programs.fixture.ts";
import { withProgram, withServer } from "../broker-suite/with-server.fixture.ts";
import { ledgerSubject } from "./kv-ledger.fixture.ts";

const usual = { variables: ["NATS_URL"], usual: "nats://127.0.0.1:4222", program: natsServer };

/** With payloads of more than a mebibyte, which is as much as a server takes unless told otherwise. */
const roomyServer: ServerProgram = {
  ...natsServer,
  async command(port, folder) {
    const config = join(folder, "nats.conf");
    await writeFile(config, "max_payload: 4MB\n");
    const { parameters } = await natsServer.command(port, folder);
    return { parameters: [...parameters, "-c", config] };
  },
};

const isLarge = ({ name }: StoreCase): boolean => name.startsWith("payloads are kept");
const cases = storeCapabilities.filter(({ name }) => name.startsWith("the ledger")).flatMap((one) => one.cases);

await withServer("NATS with JetStream", usual, (url) =>
  describeLedger("the usual server", url, (one) => !isLarge(one)),
);
await withProgram("NATS", roomyServer, ({ url }) => describeLedger("a server for larger payloads", url, isLarge));

function describeLedger(name: string, url: string, isChosen: (one: StoreCase) => boolean): void {
  describe(`the ledger in a bucket of ${name}`, () => {
    for (const { name: promise, run } of cases.filter(isChosen))
      test(promise, { timeout: 30_000 }, async () => {
        const subject = ledgerSubject(url);
        const closing: (() => Promise<void>)[] = [];
        try {
          await run(() => {
            const store = subject.open();
            closing.push(() => store.close());
            return store;
          });
        } finally {
          await Promise.all(closing.map((close) => close()));
          await subject.close();
        }
      });
  });
}
