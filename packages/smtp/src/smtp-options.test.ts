import { fromUrl, MailError } from "@mail/core";
import { describe, expect, it } from "vitest";
import { mailServer } from "./mail-server.fixture.ts";
import { send } from "./sending.fixture.ts";
import { sesSmtpPassword } from "./ses-smtp-password.ts";
import { endpointOf, optionsFromSmtpUrl } from "./smtp-endpoint.ts";
import { loginOf } from "./smtp-login.ts";
import type { SmtpOptions } from "./smtp-options.ts";
import { loginHint, presetFor, smtpPresets } from "./smtp-presets.ts";
import { smtp } from "./smtp-transport.ts";

const host = "mail.example.com";
/** As an environment variable may be. */
const unset: string | undefined = undefined;

function problem(work: () => unknown): MailError {
  try {
    work();
  } catch (thrown) {
    if (MailError.is(thrown)) return thrown;
    throw thrown;
  }
  throw new Error("It was taken.");
}

describe("port and secure", () => {
  it.each<[SmtpOptions, number, boolean]>([
    [{ host }, 587, false],
    [{ host, port: 465 }, 465, true],
    [{ host, port: 2465 }, 2465, true],
    [{ host, port: 25 }, 25, false],
    [{ host, secure: true }, 465, true],
    [{ host, secure: true, port: 10_465 }, 10_465, true],
  ])("%j gives port %d, secure %s", (options, port, secure) => {
    expect(endpointOf(options)).toEqual({ host, port, secure, starttls: "required" });
  });

  it.each([
    [587, true],
    [2525, true],
    [25, true],
    [2587, true],
    [465, false],
    [2465, false],
  ])("port %d with secure: %s is refused and told what to write", (port, secure) => {
    const error = problem(() => smtp({ host, port, secure }));
    expect(error).toMatchObject({ code: "configuration", field: "secure" });
    expect(error.hint).toContain(`secure: ${!secure}`);
  });

  it.each(["localhost", "127.0.0.1", "127.1.2.3", "::1"])("%s may stay without encryption", (loopback) => {
    expect(endpointOf({ host: loopback }).starttls).toBe("opportunistic");
  });

  it("takes no other host for loopback", () => {
    for (const name of ["127.example.com", "localhost.example.com"])
      expect(endpointOf({ host: name }).starttls).toBe("required");
  });
});

describe("presets", () => {
  it.each(Object.keys(smtpPresets))("%s leads to a server that may be used as it is", (service) => {
    const endpoint = endpointOf({ service, region: service === "ses" ? "eu-west-1" : undefined });
    expect(endpoint.host).toMatch(/^[a-z0-9.-]+$/);
    expect(endpoint.starttls).toBe("required");
  });

  it("never override what was written", () => {
    expect(endpointOf({ service: "gmail", port: 587 })).toMatchObject({
      host: "smtp.gmail.com",
      port: 587,
      secure: false,
    });
    expect(endpointOf({ service: "gmail", secure: false })).toMatchObject({ port: 587, secure: false });
    expect(endpointOf({ service: "sendgrid", secure: true })).toMatchObject({ port: 465, secure: true });
    expect(endpointOf({ service: "gmail", host: "127.0.0.1", port: 2525 })).toMatchObject({
      host: "127.0.0.1",
      port: 2525,
    });
  });

  it("know regions", () => {
    expect(presetFor("ses", "eu-west-1").host).toBe("email-smtp.eu-west-1.amazonaws.com");
    expect(presetFor("mailgun", "eu").host).toBe("smtp.eu.mailgun.org");
    expect(presetFor("mailgun", undefined).host).toBe("smtp.mailgun.org");
    expect(presetFor("zoho", "eu").host).toBe("smtp.zoho.eu");
    expect(problem(() => smtp({ service: "ses" }))).toMatchObject({ code: "configuration", field: "region" });
    expect(problem(() => smtp({ service: "ses", region: "x/../y" }))).toMatchObject({ field: "region" });
  });

  it("are found under their usual spellings", () => {
    expect(presetFor("Microsoft 365", undefined).host).toBe("smtp.office365.com");
    expect(presetFor("Outlook365", undefined).host).toBe("smtp.office365.com");
    expect(presetFor("Gmail", undefined).host).toBe("smtp.gmail.com");
  });

  it("refuse an unknown name and list the known ones", () => {
    for (const service of ["gmial", "constructor", "__proto__"]) {
      const error = problem(() => smtp({ service }));
      expect(error).toMatchObject({ code: "configuration", field: "service" });
      expect(error.hint).toMatch(/gmail.*ses.*fastmail/);
    }
  });

  it("say how to log in at their hosts", () => {
    expect(loginHint("smtp.sendgrid.net")).toMatch(/apikey/);
    expect(loginHint("email-smtp.eu-west-1.amazonaws.com")).toMatch(/awsSecretAccessKey/);
    expect(loginHint(host)).toBeUndefined();
  });
});

describe("the SES SMTP password", () => {
  const secret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";

  it("is derived as Amazon describes", () => {
    expect(sesSmtpPassword(secret, "us-west-2")).toBe("BF2PynzbSCAjX08zhZZnP/kW+T9P5zs/1Er0pi5vTEmd");
    expect(sesSmtpPassword(secret, "us-east-1")).toBe("BLBM/9hSUELfq8Gw+rU1YcBjkOxGbhT2XG763xVLGWL9");
  });

  it("is used in place of auth.pass", () => {
    const auth = { user: "AKIAEXAMPLE", awsSecretAccessKey: secret };
    expect(loginOf({ auth, region: "us-east-1" })).toMatchObject({ pass: sesSmtpPassword(secret, "us-east-1") });
    expect(problem(() => smtp({ host, auth }))).toMatchObject({ code: "configuration", field: "region" });
  });
});

describe("options", () => {
  it("a port in the host is told where to stand", () => {
    for (const [written, name] of [
      ["mail.example.com:2525", "mail.example.com"],
      ["127.0.0.1:2525", "127.0.0.1"],
      ["[::1]:2525", "::1"],
    ] as const)
      expect(problem(() => smtp({ host: written }))).toMatchObject({
        code: "configuration",
        field: "host",
        message: "host: holds a port",
        hint: `Write host: "${name}", port: 2525.`,
      });
    expect(endpointOf({ host: "2001:db8::587" }).host).toBe("2001:db8::587");
  });

  it("a number that came as a text, as from the environment, is told how to write it", () => {
    const port = "587" as unknown as number;
    expect(problem(() => smtp({ host, port }))).toMatchObject({
      field: "port",
      message: "port: is a string, and must be a whole number",
      hint: "Write Number(…) around it, as around an environment variable.",
    });
    expect(problem(() => smtp({ host, pool: "false" as unknown as boolean }))).toMatchObject({
      field: "pool",
      message: "pool: must be true or false",
    });
  });

  it.each<[SmtpOptions, string]>([
    [{}, "host"],
    [{ host: "" }, "host"],
    [{ host: "a b" }, "host"],
    [{ host: "mail.example.com," }, "host"],
    [{ host: "mail.example.com:587" }, "host"],
    [{ host, port: 0 }, "port"],
    [{ host, port: 65_536 }, "port"],
    [{ host, auth: { user: "", pass: "x" } }, "auth.user"],
    [{ host, auth: { user: "x", pass: "" } }, "auth.pass"],
    [{ host, auth: { user: "x" } }, "auth.pass"],
    [{ host, auth: { user: "x", pass: "x" }, oauth2: { user: "x", accessToken: "x" } }, "oauth2"],
    [{ host, oauth2: { user: "x" } }, "oauth2.refreshToken"],
    [{ host, oauth2: { user: "x", serviceClient: "x" } }, "oauth2.privateKey"],
    [{ host, dkim: { domainName: "", keySelector: "x", privateKey: "x" } }, "dkim.domainName"],
    [{ host, dkim: { domainName: unset, keySelector: "x", privateKey: "x" } }, "dkim.domainName"],
    [{ host, dkim: { domainName: "x", keySelector: unset, privateKey: "x" } }, "dkim.keySelector"],
    [{ host, dkim: { domainName: "x", keySelector: "x", privateKey: unset } }, "dkim.privateKey"],
    [{ host, maxConnections: 0 }, "maxConnections"],
    [{ host, proxy: "socks5://x" }, "proxy"],
    [{ host, connectionTimeout: 3e9 }, "connectionTimeout"],
    [{ host, greetingTimeout: 3e9 }, "greetingTimeout"],
    [{ host, socketTimeout: 3e9 }, "socketTimeout"],
    [{ host, dnsTimeout: 3e9 }, "dnsTimeout"],
    [{ host, idleTimeout: 3e9 }, "idleTimeout"],
  ])("%j is refused at %s", (options, field) => {
    expect(problem(() => smtp(options))).toMatchObject({ code: "configuration", field });
  });

  it("that are unknown are refused, nested ones too", () => {
    const typo = { host, auth: { user: "x", pass: "x", password: "s3cret" } };
    expect(problem(() => smtp(typo))).toMatchObject({ field: "auth.password" });
    const misspelt = { host, ports: 25 };
    expect(problem(() => smtp(misspelt))).toMatchObject({ field: "ports" });
  });
});

describe("URLs", () => {
  it.each([
    ["smtp://user:p%40ss@mail.example.com", { host, auth: { user: "user", pass: "p@ss" } }],
    ["smtp://mail.example.com:2525", { host, port: 2525 }],
    ["smtps://mail.example.com:465", { host, port: 465, secure: true }],
    ["smtps://mail.example.com", { host, secure: true }],
    ["smtp://mail.example.com/", { host }],
    ["smtp://[::1]:2525", { host: "::1", port: 2525 }],
  ])("%s", (url, options) => {
    expect(optionsFromSmtpUrl(new URL(url))).toEqual({
      port: undefined,
      secure: undefined,
      auth: undefined,
      ...options,
    });
  });

  it.each([
    ["smtp://mail.example.com:465", "secure", /smtps:/],
    ["smtps://mail.example.com:587", "secure", /smtp:/],
    ["smtp://user@mail.example.com", "auth.pass", /auth.pass/],
    ["smtp://:s3cret@mail.example.com", "auth.user", /user/],
    ["smtp://", "host", /host/],
    ["smtp://mail.example.com?poool=false", "poool", /pool/],
    ["smtp://mail.example.com/pool=false", "url", /\?/],
    ["smtps://user:s3cret@mail.example.com/#pool", "url", /\?/],
  ])("%s is refused at %s", (url, field, hint) => {
    const error = problem(() => fromUrl(url, [smtp]));
    expect(error).toMatchObject({ code: "configuration", field });
    expect(error.hint).toMatch(hint);
    expect(error.message).not.toContain("s3cret");
  });

  it("may name a service in place of a host", () => {
    expect(() => fromUrl("smtp://apikey:key@default?service=sendgrid&maxConnections=2", [smtp])).not.toThrow();
  });

  it("lead to a transport that sends", async () => {
    await using server = await mailServer();
    await send(smtp.fromUrl(`smtp://127.0.0.1:${server.port}?pool=false`));
    expect(server.taken).toHaveLength(1);
  });
});
