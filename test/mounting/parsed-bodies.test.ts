import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { type Logger, MailError, silentLogger } from "@mail/core";
import { sendgridEvents } from "@mail/sendgrid/events";
import { createTracker } from "@mail/tracking";
import { nodeListener } from "@mail/tracking/node";
import { type INestApplication, type MiddlewareConsumer, Module } from "@nestjs/common";
import { NestFactory } from "@nestjs/core";
import express from "express";
import Fastify, { type FastifyInstance } from "fastify";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { sendgridBatch, sendgridHeaders, sendgridKey } from "./signed-reports.ts";

type Listener = ReturnType<typeof nodeListener>;

/** An app whose parsers read a report before the tracker's turn. */
type App = (listener: Listener) => Promise<RequestListener>;

function expressApp(...parsers: readonly express.RequestHandler[]): App {
  return async (listener) => {
    const app = express();
    for (const parser of parsers) app.use(parser);
    return app.post("/events", listener);
  };
}

function fastifyApp(prepare: (app: FastifyInstance) => void): App {
  return async (listener) => {
    const app = Fastify();
    prepare(app);
    app.post("/events", ({ raw }, reply) => {
      reply.hijack();
      listener(raw, reply.raw);
    });
    await app.ready();
    return app.routing;
  };
}

function nestApp(options: { readonly rawBody?: boolean }): App {
  return async (listener) => {
    class AppModule {
      configure(consumer: MiddlewareConsumer): void {
        consumer.apply(listener).forRoutes("events");
      }
    }
    Module({})(AppModule);
    const app: INestApplication = await NestFactory.create(AppModule, { ...options, logger: false });
    await app.init();
    return app.getHttpAdapter().getInstance() as RequestListener;
  };
}

const losing: Readonly<Record<string, App>> = {
  "express.json()": expressApp(express.json()),
  "express.text()": expressApp(express.text({ type: () => true })),
  "Fastify's own parser": fastifyApp(() => undefined),
  "NestJS's own parser": nestApp({}),
};

const keeping: Readonly<Record<string, App>> = {
  "express.raw()": expressApp(express.raw({ type: () => true }), express.json()),
  "express.json() whose verify keeps rawBody": expressApp(
    express.json({ verify: (incoming, _outgoing, bytes) => void Object.assign(incoming, { rawBody: bytes }) }),
  ),
  "Fastify's buffer parser, which hands the bytes on": fastifyApp((app) => {
    app.removeAllContentTypeParsers();
    app.addContentTypeParser("*", { parseAs: "buffer" }, ({ raw }, body, done) => {
      Object.assign(raw, { rawBody: body });
      done(null, body);
    });
  }),
  "a parser of Fastify that leaves the body alone": fastifyApp((app) => {
    app.removeAllContentTypeParsers();
    app.addContentTypeParser("*", (_request, _body, done) => done(null));
  }),
  "NestJS with rawBody": nestApp({ rawBody: true }),
};

/** Posts a signed batch of two events to an app. */
async function report(app: App) {
  const error = vi.fn<Logger["error"]>();
  const tracker = createTracker({ sources: { sendgrid: sendgridEvents({ publicKey: sendgridKey }) } });
  const listener = nodeListener((request) => tracker.handle(request, "sendgrid"), {
    logger: { ...silentLogger, error },
  });
  const server = createServer(await app(listener)).listen(0, "127.0.0.1");
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  await once(server, "listening");
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/events`;
  const body = sendgridBatch("a", "ada@example.com");
  const response = await fetch(url, { method: "POST", body, headers: sendgridHeaders(body) });
  return {
    status: response.status,
    text: await response.text(),
    stored: (await tracker.recent()).events.length,
    error,
  };
}

describe("a report that was read before, and whose bytes are gone", () => {
  test.each(Object.entries(losing))("is answered 500, and the log says what to do: %s", async (_, app) => {
    const { status, text, stored, error } = await report(app);
    expect([status, text, stored]).toEqual([500, "error\n", 0]);
    expect(error.mock.calls).toEqual([
      [{ method: "POST", path: "/events", error: expect.any(MailError) }, "A request could not be answered"],
    ]);
    expect(error.mock.calls[0]?.[0]).toMatchObject({
      error: { code: "configuration", field: "body", hint: expect.stringMatching(/^Express: .* NestJS: .* Fastify: /) },
    });
  });
});

describe("a report that was read before, and whose bytes were kept,", () => {
  test.each(Object.entries(keeping))("is taken: %s", async (_, app) => {
    const { status, stored, error } = await report(app);
    expect([status, stored]).toEqual([200, 2]);
    expect(error).not.toHaveBeenCalled();
  });
});
