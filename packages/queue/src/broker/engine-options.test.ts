import { inspect } from "node:util";
import { MailError, memoryStore } from "@mail/core";
import { describe, expect, test } from "vitest";
import { bullmq } from "../bullmq/index.ts";
import { nats } from "../nats/index.ts";
import type { QueueEngine } from "../queue-engine.ts";
import { rabbitmq } from "../rabbitmq/index.ts";
import { loadClient } from "./load-client.ts";

const secret = "pa55-w0rd%";
const store = memoryStore();

/** Each engine as JavaScript may call it, with a server and a store that are fine. */
const engines: Readonly<Record<string, (options: object) => QueueEngine>> = {
  bullmq: (options) => bullmq({ url: "redis://127.0.0.1:6379", name: "mails", ...options }),
  rabbitmq: (options) => rabbitmq({ url: "amqp://127.0.0.1:5672", name: "mails", store, ...options }),
  nats: (options) => nats({ servers: "nats://127.0.0.1:4222", name: "mails", store, ...options }),
};

function errorOf(call: () => unknown): MailError {
  try {
    call();
  } catch (thrown) {
    if (MailError.is(thrown)) return thrown;
  }
  throw new Error("It threw no MailError.");
}

test("an environment variable may stand for the address, and is missed where it is not set", () => {
  const unset: string | undefined = undefined;
  for (const open of [
    () => bullmq({ url: unset, name: "mails" }),
    () => rabbitmq({ url: unset, name: "mails", store }),
    () => nats({ servers: unset, name: "mails" }),
  ])
    expect(errorOf(open)).toMatchObject({
      code: "configuration",
      hint: expect.stringContaining("an environment variable may be empty"),
    });
});

describe.each(Object.entries(engines))("%s", (name, open) => {
  test("connects to nothing until it is used, and can be closed", async () => {
    const engine = open({});
    expect(engine.name).toBe(name);
    await engine.close();
  });

  test.each([
    ["an option that it does not have", { prefetch: 3 }, "prefetch"],
    ["a name that a broker would not take", { name: "mails for you" }, "name"],
    ["a name that is too long", { name: "x".repeat(101) }, "name"],
    ["no name", { name: undefined }, "name"],
    ["a time limit of nothing", { timeoutMs: 0 }, "timeoutMs"],
    ["a time that is no number", { keepMs: "1d" }, "keepMs"],
  ])("names %s", (_, options, field) => {
    const error = errorOf(() => open(options));
    expect(error).toMatchObject({ code: "configuration", field });
    expect(error.hint).not.toBe("");
  });

  const field = name === "nats" ? "servers" : "url";

  test.each([
    "127.0.0.1",
    `http://user:${secret}@host`,
    `${name}://user:${secret}@host`,
    `//user:${secret}@host:99999`,
    `redis:user:${secret}@host`,
    `amqp://user:${secret}@`,
    `nats://user:${secret}@host:99999`,
  ])("names an address that is none, without showing it: %s", (address) => {
    const error = errorOf(() => open({ [field]: address }));
    expect(error).toMatchObject({ code: "configuration", field });
    expect(inspect(error)).not.toContain(secret);
  });
});

test("rabbitmq and nats name a store without a ledger; rabbitmq needs one, nats does without", () => {
  const refused = { code: "configuration", field: "store" };
  for (const open of [engines["rabbitmq"], engines["nats"]])
    expect(errorOf(() => open?.({ store: {} }))).toMatchObject(refused);
  expect(errorOf(() => engines["rabbitmq"]?.({ store: undefined }))).toMatchObject(refused);
  expect(engines["nats"]?.({ store: undefined }).name).toBe("nats");
});

test("nats takes several servers with one login, and names the one that is wrong", () => {
  const same = ["nats://app:secret@one:4222", "nats://app:secret@two:4222"];
  expect(engines["nats"]?.({ servers: same }).name).toBe("nats");
  for (const [servers, field] of [
    [[], "servers"],
    [["nats://one:4222", 7], "servers[1]"],
    [["nats://one:4222", "http://two"], "servers[1]"],
    [["nats://a:b@one:4222", "nats://a:c@two:4222"], "servers"],
  ])
    expect(errorOf(() => engines["nats"]?.({ servers }))).toMatchObject({ code: "configuration", field });
});

test("an engine whose client library is missing says what to install", async () => {
  const missing = Object.assign(new Error("Cannot find package 'amqplib'"), { code: "ERR_MODULE_NOT_FOUND" });
  await expect(loadClient("rabbitmq", "amqplib", () => Promise.reject(missing))).rejects.toMatchObject({
    code: "configuration",
    hint: "Run: npm install amqplib",
  });
  const broken = new SyntaxError("Unexpected token");
  await expect(loadClient("rabbitmq", "amqplib", () => Promise.reject(broken))).rejects.toBe(broken);
});
