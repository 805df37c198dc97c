import { inspect } from "node:util";
import { MailError } from "@mail/core";
import { describe, expect, it } from "vitest";
import { sesOptionsFromUrl } from "./ses-options.ts";
import { ses } from "./ses-transport.ts";

function refusal(work: () => unknown): MailError {
  try {
    work();
  } catch (thrown) {
    if (MailError.is(thrown)) return thrown;
  }
  throw new Error("expected a MailError");
}

const key = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "top-secret-key" };

describe("the options of ses", () => {
  it.each([
    ["region", { region: "eu_west" }],
    ["region", { region: "eu-west-1\r\n" }],
    ["region", { region: "" }],
    ["endpoint", { endpoint: "localhost:4566" }],
    ["endpoint", { endpoint: "http://user:password@localhost" }],
    ["timeoutMs", { timeoutMs: 0 }],
    ["connectionTimeoutMs", { connectionTimeoutMs: 1.5 }],
    ["connectionTimeoutMs", { connectionTimeoutMs: 3e9 }],
    ["timeoutMs", { timeoutMs: 3e9 }],
    ["endpoint", { endpoint: "https://localhost/v2" }],
    ["credentials.accessKeyId", { credentials: { ...key, accessKeyId: undefined } }],
    ["credentials.secretAccessKey", { credentials: { ...key, secretAccessKey: undefined } }],
    ["credentials.sessionToken", { credentials: { ...key, sessionToken: "" } }],
    ["credentials.secretAccessKey", { credentials: { accessKeyId: "a" } }],
    ["credentials.accessKeyId", { credentials: { ...key, accessKeyId: "a\nb" } }],
    ["credentials.secret", { credentials: { ...key, secret: "x" } }],
    ["client", { client: {} }],
    ["region", { client: { send() {} }, region: "eu-west-1" }],
    ["apiKey", { apiKey: "x" }],
  ])("that are wrong are a configuration error naming %s", (field, options) => {
    const error = refusal(() => ses(options as never));
    expect(error).toMatchObject({ code: "configuration", field, scope: "transport" });
    expect(inspect(error)).not.toContain("top-secret-key");
  });

  it("take a region that is not known yet", () => {
    expect(() => ses({ region: "mx-central-1" })).not.toThrow();
    expect(() => ses({ region: "us-gov-west-1" })).not.toThrow();
  });

  it("may come as an environment gives them", () => {
    const env: Readonly<Record<string, string | undefined>> = {
      ID: "AKID",
      SECRET: "top-secret-key",
      REGION: "eu-west-1",
    };
    const credentials = { accessKeyId: env["ID"], secretAccessKey: env["SECRET"], sessionToken: env["TOKEN"] };
    expect(ses({ region: env["REGION"], endpoint: env["ENDPOINT"], credentials }).name).toBe("ses");
  });

  it("show no secret when a transport is inspected", () => {
    const transport = ses({ region: "eu-west-1", credentials: { ...key, sessionToken: "the-token" } });
    const shown = inspect(transport, { depth: 10, showHidden: true });
    expect(shown).not.toContain("top-secret-key");
    expect(shown).not.toContain("the-token");
  });
});

describe("a URL of ses", () => {
  const read = (url: string) => sesOptionsFromUrl(new URL(url));

  it("without a user part leaves the key to the credential chain of AWS", () => {
    expect(read("ses://default?region=eu-west-1")).toEqual({ credentials: undefined, endpoint: undefined });
  });

  it("has the key in its user part, percent-encoded", () => {
    expect(read("ses://AKID:a%2Fb%2Bc@default").credentials).toEqual({ accessKeyId: "AKID", secretAccessKey: "a/b+c" });
  });

  it("names an endpoint by its host", () => {
    expect(read("ses://localhost:4566").endpoint).toBe("http://localhost:4566");
    expect(read("ses://127.0.0.1:4566").endpoint).toBe("http://127.0.0.1:4566");
    expect(read("ses://[::1]:4566").endpoint).toBe("http://[::1]:4566");
    expect(read("ses://127.example.com").endpoint).toBe("https://127.example.com");
    expect(read("ses://localstack:4566").endpoint).toBe("http://localstack:4566");
    expect(read("ses://vpce-1.email.eu-west-1.vpce.amazonaws.com").endpoint).toBe(
      "https://vpce-1.email.eu-west-1.vpce.amazonaws.com",
    );
  });

  it("takes region, endpoint, timeouts and configuration set in its query", () => {
    const query = "region=eu-west-1&endpoint=http://localhost:1&timeoutMs=1000&configurationSetName=x";
    expect(ses.fromUrl(`ses://default?${query}`).name).toBe("ses");
    expect(ses.fromUrl("ses://default?region=eu-west-1&label=backup").label).toBe("backup");
  });

  it.each([
    ["url", "ses://default:80"],
    ["url", "ses://eu-west-1"],
    ["url", "ses://AKID@default?region=eu-west-1"],
    ["url", "ses://:top-secret-key@default?region=eu-west-1"],
    ["url", "ses://default/path"],
    ["url", "ses:?region=eu-west-1"],
    ["url", "smtp://default"],
    ["region", "ses://AKID:top-secret-key@default?region=eu"],
    ["regoin", "ses://AKID:top-secret-key@default?regoin=eu-west-1"],
    ["credentials", "ses://default?credentials=x"],
  ])("that is wrong is a configuration error naming %s: %s", (field, url) => {
    const error = refusal(() => ses.fromUrl(url));
    expect(error).toMatchObject({ code: "configuration", field });
    expect(inspect(error)).not.toContain("top-secret-key");
  });
});
