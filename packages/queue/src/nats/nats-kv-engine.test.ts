import { brokerStorage } from "../broker-suite/closing-store.fixture.ts";
import { natsServer } from "../broker-suite/programs.fixture.ts";
import { withServer } from "../broker-suite/with-server.fixture.ts";
import { describeEngine } from "../engine-suite/describe-engine.fixture.ts";
import { nats } from "./index.ts";
import { remove } from "./nats-broker.fixture.ts";

const server = { variables: ["NATS_URL"], usual: "nats://127.0.0.1:4222", program: natsServer };

await withServer("NATS with JetStream", server, (url) =>
  describeEngine("nats without a store", {
    module: import.meta.resolve("./nats-kv-engine.fixture.ts"),
    // `max_payload` is 1 MiB where it is not set, with all that is beside the payload.
    largestPayloadBytes: 1_000_000,
    createStorage: () => brokerStorage(url, (name) => remove(url, name)),
    async openUnreachable() {
      return nats({ servers: "nats://127.0.0.1:1", name: "nowhere", timeoutMs: 200 });
    },
  }),
);
