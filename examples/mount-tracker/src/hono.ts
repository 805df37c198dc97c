import { serve } from "@hono/node-server";
import { Hono } from "hono";
import { dashboard, tracker } from "./tracker.ts";

const app = new Hono();

app.post("/webhooks/:source", (c) => tracker.handle(c.req.raw, c.req.param("source")));
app.all("/unsubscribe", (c) => tracker.unsubscribe(c.req.raw));
app.all("/admin/mail", (c) => dashboard(c.req.raw));

serve({ fetch: app.fetch, hostname: "127.0.0.1", port: Number(process.env.PORT ?? 3000) }, ({ port }) => {
  console.log(`http://127.0.0.1:${port}`);
});
