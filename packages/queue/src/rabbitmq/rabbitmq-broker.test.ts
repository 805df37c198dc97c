import { describeBroker } from "../broker-suite/describe-broker.fixture.ts";
import { rabbitmqServer } from "../broker-suite/programs.fixture.ts";
import { withServer } from "../broker-suite/with-server.fixture.ts";

const rabbitmq = {
  variables: ["RABBITMQ_URL", "AMQP_URL"],
  usual: "amqp://guest:guest@127.0.0.1:5672",
  program: rabbitmqServer,
};

await withServer("RabbitMQ", rabbitmq, (url) =>
  describeBroker("RabbitMQ", { module: import.meta.resolve("./rabbitmq-broker.fixture.ts"), url }),
);
