import type { AddressInfo } from "node:net";
import { nodeListener } from "@mail/tracking/node";
import express from "express";
import { dashboard, tracker } from "./tracker.ts";

const app = express();

// Above the body parser: signatures cover the bytes as they came.
app.post("/webhooks/:source", (req, res) => {
  nodeListener((request) => tracker.handle(request, req.params.source))(req, res);
});
app.use("/unsubscribe", nodeListener(tracker.unsubscribe));
app.use("/admin/mail", nodeListener(dashboard));

app.use(express.json());
app.post("/orders", (req, res) => {
  res.json({ ordered: req.body });
});

const server = app.listen(Number(process.env.PORT ?? 3000), "127.0.0.1", () => {
  console.log(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
});
