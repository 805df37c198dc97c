import { spawnSync } from "node:child_process";
import { inspect } from "node:util";
import { MailError } from "@mail/core";
import { Redis } from "ioredis";
import { expect, test } from "vitest";
import { postgresStore } from "./postgres/index.ts";
import { redisStore } from "./redis/index.ts";
import { sqliteStore } from "./sqlite/index.ts";

const client = new Redis({ lazyConnect: true });
const wrong: readonly (readonly [field: string, make: () => unknown])[] = [
  ["file", () => sqliteStore({ file: "" })],
  ["file", () => Reflect.apply(sqliteStore, undefined, [{}])],
  ["path", () => Reflect.apply(sqliteStore, undefined, [{ path: "x" }])],
  ["options", () => Reflect.apply(sqliteStore, undefined, [])],
  ["timeoutMs", () => sqliteStore({ file: "x", timeoutMs: 0 })],
  ["url", () => redisStore({})],
  ["url", () => redisStore({ url: undefined, client: undefined })],
  ["url", () => redisStore({ url: "" })],
  ["url", () => redisStore({ url: "localhost:6379" })],
  ["url", () => redisStore({ url: "http://localhost" })],
  ["url", () => redisStore({ url: "redis://:%zz@localhost" })],
  ["client", () => redisStore({ url: "redis://localhost", client })],
  ["host", () => Reflect.apply(redisStore, undefined, [{ url: "redis://localhost", host: "x" }])],
  ["prefix", () => redisStore({ url: "redis://localhost", prefix: "" })],
  ["timeoutMs", () => redisStore({ url: "redis://localhost", timeoutMs: 2 ** 31 })],
  ["url", () => postgresStore({})],
  ["url", () => postgresStore({ url: "not a URL" })],
  ["url", () => postgresStore({ url: "mysql://localhost/x" })],
  ["schema", () => postgresStore({ url: "postgres://localhost/x", schema: "My Schema" })],
  ["schema", () => postgresStore({ url: "postgres://localhost/x", schema: 'a"; DROP SCHEMA b; --' })],
  ["schema", () => postgresStore({ url: "postgres://localhost/x", schema: "pg_mail" })],
  ["schema", () => postgresStore({ url: "postgres://localhost/x", schema: "x".repeat(64) })],
  ["pool", () => Reflect.apply(postgresStore, undefined, [{ pool: {} }])],
];

test.each(wrong)("a wrong option is refused by its name, %s", (field, make) => {
  let thrown: unknown;
  try {
    make();
  } catch (error) {
    thrown = error;
  }
  expect(MailError.is(thrown) && { code: thrown.code, field: thrown.field }).toEqual({ code: "configuration", field });
  expect(thrown).toHaveProperty("hint");
});

test.each(["http://ada:s3cret-word@localhost", "redis://ada:s3cret-word%zz@localhost", "s3cret-word"])(
  "a URL that is refused is not shown, %s",
  (url) => {
    for (const make of [() => redisStore({ url }), () => postgresStore({ url })]) {
      try {
        make();
        expect.unreachable();
      } catch (error) {
        expect(inspect(error, { depth: 10, showHidden: true })).not.toContain("s3cret-word");
      }
    }
  },
);

test("nothing is loaded or opened before the first call", () => {
  const program = `
    import { registerHooks } from "node:module";
    const loaded = [];
    registerHooks({ load(url, context, next) { loaded.push(url); return next(url, context); } });
    const { sqliteStore } = await import("@mail/store/sqlite");
    const { redisStore } = await import("@mail/store/redis");
    const { postgresStore } = await import("@mail/store/postgres");
    const stores = [sqliteStore({ file: "/nowhere/x.db" }), redisStore({ url: "redis://127.0.0.1:9" }), postgresStore({ url: "postgres://127.0.0.1:9/x" })];
    console.log(loaded.filter((url) => /ioredis|node_modules.pg|node:sqlite/.test(url)).join(), loaded.length > 10);
    for (const store of stores) await store.close();`;
  const { stdout, stderr } = spawnSync(
    process.execPath,
    ["--conditions=@mail/source", "--input-type=module", "--eval", program],
    { cwd: import.meta.dirname, encoding: "utf8" },
  );
  expect(stderr).toBe("");
  expect(stdout.trim()).toBe("true");
});
