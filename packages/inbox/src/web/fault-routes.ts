import { Hono } from "hono";
import type { FaultRule } from "../fault.ts";
import { faultAddresses } from "../faults/fault-addresses.ts";
import type { InboxContext } from "../inbox.ts";
import { ApiError, asApiError, noSuch } from "./api-error.ts";
import { isJsonObject, type JsonObject, jsonBody } from "./request-fields.ts";

/** Faults by rule. What a rule may hold is checked by `Faults.add`. */
export function faultRoutes({ faults }: InboxContext): Hono {
  const routes = new Hono();
  routes.get("/faults", (c) => c.json({ faults: faults.list() }));
  routes.get("/faults/addresses", (c) =>
    c.json({ addresses: Object.entries(faultAddresses).map(([name, { does }]) => ({ name, does })) }),
  );
  routes.post("/faults", async (c) => {
    const body = await jsonBody(c);
    if (!isRule(body)) throw new ApiError(400, "action must be an object with a type.", { field: "action" });
    return c.json(await asApiError(400, () => faults.add(body)), 201);
  });
  routes.delete("/faults", (c) => {
    faults.clear();
    return c.body(null, 204);
  });
  routes.delete("/faults/:id", (c) => {
    const id = c.req.param("id");
    if (!faults.remove(id)) throw noSuch("fault", id);
    return c.body(null, 204);
  });
  return routes;
}

function isRule(body: JsonObject): body is JsonObject & FaultRule {
  return isJsonObject(body["action"]) && typeof body["action"]["type"] === "string";
}
