export { type RabbitmqOptions, rabbitmq } from "./rabbitmq.ts";
