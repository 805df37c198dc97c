import { describeOutages } from "../broker-suite/describe-outages.fixture.ts";
import { rabbitmqServer } from "../broker-suite/programs.fixture.ts";
import { withProgram } from "../broker-suite/with-server.fixture.ts";

await withProgram("RabbitMQ", rabbitmqServer, (server) =>
  describeOutages(
    "RabbitMQ",
    // A queue that was declared just before the server was killed may be broken afterwards.
    { module: import.meta.resolve("./rabbitmq-broker.fixture.ts"), settleMs: 2_000 },
    server,
  ),
);
