import type { Readable } from "node:stream";
import { misconfigured } from "@mail/core";

const hint = [
  "Express: mount it above app.use(express.json()), or put express.raw({ type: () => true }) on its path.",
  "NestJS: NestFactory.create(AppModule, { rawBody: true }).",
  'Fastify: in a plugin of its own, app.removeAllContentTypeParsers() and app.addContentTypeParser("*", (request, body, done) => done(null)).',
].join(" ");

/** Parsers for buffers leave their bytes in `body`; `getRequestListener` looks in `rawBody`. */
export function passBuffer(incoming: Readable): void {
  if ("body" in incoming && Buffer.isBuffer(incoming.body)) Object.assign(incoming, { rawBody: incoming.body });
}

/** @throws MailError `configuration` where a parser has read the body and kept none of its bytes */
export function requireBody(incoming: Readable & { readonly method?: string | undefined }): void {
  if (incoming.method === "GET" || incoming.method === "HEAD") return;
  if (!incoming.readableDidRead || ("rawBody" in incoming && Buffer.isBuffer(incoming.rawBody))) return;
  throw misconfigured(
    "body",
    "was read by a body parser before, and its bytes, which signatures cover, are gone",
    hint,
  );
}
