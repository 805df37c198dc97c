import { describeOutages } from "../broker-suite/describe-outages.fixture.ts";
import { natsServer } from "../broker-suite/programs.fixture.ts";
import { withProgram } from "../broker-suite/with-server.fixture.ts";

await withProgram("NATS", natsServer, (server) =>
  describeOutages("NATS", { module: import.meta.resolve("./nats-broker.fixture.ts") }, server),
);
