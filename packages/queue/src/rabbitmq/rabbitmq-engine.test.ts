import { redisStore } from "@mail/store/redis";
import { brokerStorage } from "../broker-suite/closing-store.fixture.ts";
import { rabbitmqServer } from "../broker-suite/programs.fixture.ts";
import { withServer } from "../broker-suite/with-server.fixture.ts";
import { describeEngine } from "../engine-suite/describe-engine.fixture.ts";
import { rabbitmq } from "./index.ts";
import { remove } from "./rabbitmq-broker.fixture.ts";

const server = {
  variables: ["RABBITMQ_URL", "AMQP_URL"],
  usual: "amqp://guest:guest@127.0.0.1:5672",
  program: rabbitmqServer,
};

await withServer("RabbitMQ", server, (url) =>
  describeEngine("rabbitmq", {
    module: import.meta.resolve("./rabbitmq-engine.fixture.ts"),
    createStorage: () => brokerStorage(url, (name) => remove(url, name)),
    async openUnreachable() {
      const store = redisStore({ url: "redis://127.0.0.1:1", timeoutMs: 200 });
      return rabbitmq({ url: "amqp://127.0.0.1:1", name: "nowhere", store, timeoutMs: 200 });
    },
  }),
);
