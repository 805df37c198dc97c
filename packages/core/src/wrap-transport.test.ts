import { expect, test } from "vitest";
import { circuitBreaker } from "./circuit-breaker.ts";
import { once } from "./once.ts";
import { rateLimit } from "./rate-limit.ts";
import { retry } from "./retry.ts";
import type { Transport } from "./transport.ts";

test.each<[string, (transport: Transport) => Transport]>([
  ["retry", retry],
  ["rateLimit", rateLimit],
  ["rateLimit with max", (transport) => rateLimit(transport, { max: 1 })],
  ["circuitBreaker", circuitBreaker],
  ["once", once],
])("%s of no transport is a configuration error", (_name, wrap) => {
  for (const given of [undefined, null, "smtp", {}])
    expect(() => wrap(given as never)).toThrow(expect.objectContaining({ code: "configuration", field: "transport" }));
});
