import { describe, expect, test } from "vitest";
import { createMailer } from "./create-mailer.ts";
import { defineAdapter, urlParts } from "./define-adapter.ts";
import { fromUrl } from "./from-url.ts";
import type { MailError } from "./mail-error.ts";
import { hello, memoryTransport } from "./memory-transport.fixture.ts";

interface Options {
  readonly host: string;
  readonly key?: string | undefined;
  readonly port?: number | undefined;
  readonly pool?: boolean | undefined;
}

const built: Options[] = [];
const adapter = defineAdapter<Options>({
  name: "toy",
  schemes: ["toy", "toys"],
  rules: {
    host: { type: "string", required: true },
    key: { type: "string" },
    port: { type: "integer" },
    pool: { type: "boolean" },
  },
  optionsFromUrl: (url) => ({ host: urlParts(url).host, key: urlParts(url).user, port: urlParts(url).port }),
  secrets: ({ key }) => [key],
  features: { fields: [] },
  create(options) {
    built.push(options);
    return memoryTransport();
  },
});

const failure = (url: string | undefined): MailError => {
  try {
    fromUrl(url, [adapter]);
  } catch (error) {
    return error as MailError;
  }
  throw new Error("it did not fail");
};

describe("fromUrl", () => {
  test("reads user, host, port and query, typed", () => {
    const transport = fromUrl("toys://k%40y@host.example:99?pool=false&label=mine", [adapter]);
    expect(built.at(-1)).toEqual({ host: "host.example", key: "k@y", port: 99, pool: false, label: "mine" });
    expect(transport).toMatchObject({ name: "toy", label: "mine" });
  });

  test("builds groups, nested too", async () => {
    const transport = fromUrl(" failover(toy://a  roundrobin(toy://b?label=b toy://c) )", [adapter]);
    expect(transport.name).toBe("failover");
    expect((await createMailer({ transport }).send(hello)).transport).toBe("toy");
  });

  test.each([
    [undefined, "missing or empty"],
    ["  ", "missing or empty"],
    ["host:25", "no scheme"],
    ["carrier://x", "unknown scheme: carrier://"],
    ["toy://", "host: is missing"],
    ["toy://h?pool=maybe", "pool: must be true or false"],
    ["toy://h?retries=1", "retries: is not an option"],
    ["toy://%zz@h", "a % that encodes nothing"],
    ["failover()", "empty group"],
    ["failover(toy://a", "no scheme"],
    ["failover(toy://a))", "do not match"],
    ["fastest(toy://a)", "unknown group"],
    [`${"failover(".repeat(10)}toy://a${")".repeat(10)}`, "nested deeper"],
  ])("%j is refused: %s", (url, problem) => {
    const error = failure(url);
    expect(error).toMatchObject({ code: "configuration", message: expect.stringContaining(problem) });
    expect(error.hint).toBeTruthy();
  });

  test.each([
    "toy://s3cret-key@h?nope=1",
    "toy://s3cret-key@h:99999",
    "other://s3cret-key@h",
    "s3cret-key@h",
    "failover(toy://s3cret-key@h?pool=x)",
    "failover(toy://s3cret-key@h",
  ])("the error for %s does not show its secret", (url) => {
    const error = failure(url);
    expect(`${error.message} ${error.hint} ${error.stack}`).not.toContain("s3cret");
  });
});
