import { SESv2Client, SendBulkEmailCommand, SendEmailCommand, type SendEmailRequest } from "@aws-sdk/client-sesv2";
import { expect, test } from "vitest";
import { credentials } from "./mail.fixture.ts";
import { writeJsonAtOnce } from "./ses-json.ts";

interface Written {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array;
}

/** What a client sends: path, headers and body, parsed. */
async function written(command: SendEmailCommand | SendBulkEmailCommand, atOnce: boolean) {
  const seen: unknown[] = [];
  const client = new SESv2Client({
    region: "eu-west-1",
    credentials,
    requestHandler: {
      handle: async ({ path, headers, body }: Written) => {
        const text = typeof body === "string" ? body : new TextDecoder().decode(body);
        seen.push(path, headers["content-type"], JSON.parse(text));
        throw new Error("seen");
      },
    },
    maxAttempts: 1,
  });
  if (atOnce) writeJsonAtOnce(client.config);
  await client.send(command as SendEmailCommand).catch(() => undefined);
  return seen;
}

const input: SendEmailRequest = {
  FromEmailAddress: "Ünïcode <a@acme.example>",
  Destination: { ToAddresses: ["b@example.com"], CcAddresses: [] },
  ConfigurationSetName: undefined,
  Content: {
    Simple: {
      Subject: { Data: 'Quote " slash \\ line\n\u2028 \u{1f600}', Charset: "UTF-8" },
      Body: { Text: { Data: "" } },
      Headers: [{ Name: "X-A", Value: "b" }],
      Attachments: [
        { FileName: "a.bin", RawContent: new Uint8Array([0, 255, 1, 2]).subarray(1) },
        { FileName: "b.bin", RawContent: Buffer.from("bytes") },
      ],
    },
  },
  ConfigurationOverrides: { Tracking: { OpenTrackingEnabled: "ENABLED" } },
};

test.each([
  ["SendEmail", () => new SendEmailCommand(input)],
  ["SendEmail of raw MIME", () => new SendEmailCommand({ Content: { Raw: { Data: Buffer.from("From: é") } } })],
  [
    "SendBulkEmail",
    () =>
      new SendBulkEmailCommand({
        DefaultContent: { Template: { TemplateContent: { Subject: "{{a}}" }, TemplateData: "{}" } },
        BulkEmailEntries: [{ Destination: { ToAddresses: ["b@example.com"] } }],
      }),
  ],
])("%s is written as the SDK writes it", async (_name, make) => {
  const [path, type, body] = await written(make(), true);
  expect(body).not.toEqual({});
  expect([path, type, body]).toEqual(await written(make(), false));
});

test("a client without a protocol is left as it is", () => {
  const config = { protocol: {} };
  writeJsonAtOnce(config);
  expect(config).toEqual({ protocol: {} });
});
