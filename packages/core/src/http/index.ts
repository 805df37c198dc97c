export { type ConnectionLimits, HttpConnections } from "./http-connections.ts";
export type { HttpAnswer, HttpExchange, HttpRequest } from "./http-exchange.ts";
