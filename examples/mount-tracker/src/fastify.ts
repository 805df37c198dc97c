import { nodeListener } from "@mail/tracking/node";
import Fastify from "fastify";
import { dashboard, tracker } from "./tracker.ts";

const app = Fastify();

// In a plugin of its own, whose bodies no parser reads: signatures cover the bytes as they came.
await app.register(async (mail) => {
  mail.removeAllContentTypeParsers();
  mail.addContentTypeParser("*", (_request, _body, done) => done(null));

  mail.post<{ Params: { source: string } }>("/webhooks/:source", ({ raw, params }, reply) => {
    reply.hijack();
    nodeListener((request) => tracker.handle(request, params.source))(raw, reply.raw);
  });
  mail.all("/unsubscribe", ({ raw }, reply) => {
    reply.hijack();
    nodeListener(tracker.unsubscribe)(raw, reply.raw);
  });
  mail.all("/admin/mail", ({ raw }, reply) => {
    reply.hijack();
    nodeListener(dashboard)(raw, reply.raw);
  });
});

app.post("/orders", async ({ body }) => ({ ordered: body }));

console.log(await app.listen({ host: "127.0.0.1", port: Number(process.env.PORT ?? 3000) }));
