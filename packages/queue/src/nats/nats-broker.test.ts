import { describeBroker } from "../broker-suite/describe-broker.fixture.ts";
import { natsServer } from "../broker-suite/programs.fixture.ts";
import { withServer } from "../broker-suite/with-server.fixture.ts";

const nats = { variables: ["NATS_URL"], usual: "nats://127.0.0.1:4222", program: natsServer };

await withServer("NATS with JetStream", nats, (url) =>
  describeBroker("NATS", { module: import.meta.resolve("./nats-broker.fixture.ts"), url }),
);
