import { startInbox } from "@mail/inbox";
import { describe, expect, test, vi } from "vitest";
import { isInstalled, run } from "./program.ts";

/** Debian's Python: another one that is found first may not have the module. */
const python = "/usr/bin/python3";

/** Runs Python with a client of SES that knows the inbox by its URL alone. */
async function runPython(url: string, script: string): Promise<unknown> {
  const head = `
import boto3, json, sys
from botocore.config import Config
from botocore.exceptions import ClientError
ses = boto3.client("sesv2", region_name="eu-west-1", endpoint_url=sys.argv[1],
    aws_access_key_id="AKIAPYTHON", aws_secret_access_key="secret", config=Config(retries={"total_max_attempts": 1}))
source = {"FromEmailAddress": "Acme <hello@acme.example>"}
simple = {"Subject": {"Data": "Grüße"}, "Body": {"Text": {"Data": "Hello"}, "Html": {"Data": "<p>Hello</p>"}}}
`;
  const { code, stdout, stderr } = await run(python, ["-W", "ignore", "-c", head + script, url]);
  if (code !== 0) throw new Error(stderr);
  return JSON.parse(stdout);
}

vi.setConfig({ testTimeout: 60_000 });

describe("boto3", () => {
  if (!isInstalled("python3-boto3", [python, "-c", "import boto3"])) return;

  test("sends a simple mail", async () => {
    await using inbox = await startInbox({ port: 0 });
    const answer = await runPython(
      inbox.urls.web,
      `
to = {"ToAddresses": ["Ada <ada@example.com>"], "BccAddresses": ["archive@acme.example"]}
answer = ses.send_email(**source, Destination=to, Content={"Simple": simple}, EmailTags=[{"Name": "campaign", "Value": "spring"}])
print(json.dumps([answer["MessageId"], answer["ResponseMetadata"]["HTTPStatusCode"]]))
`,
    );
    const caught = await inbox.waitFor(() => true);
    expect(answer).toEqual([caught.providerId, 200]);
    expect(caught).toMatchObject({
      inbox: "AKIAPYTHON",
      subject: "Grüße",
      to: [{ name: "Ada", address: "ada@example.com" }],
      bcc: [{ address: "archive@acme.example" }],
      metadata: { campaign: "spring" },
    });
  });

  test("sends a raw mail that Python wrote", async () => {
    await using inbox = await startInbox({ port: 0 });
    await runPython(
      inbox.urls.web,
      `
from email.message import EmailMessage
mail = EmailMessage()
mail["From"], mail["To"], mail["Subject"] = "hello@acme.example", "ada@example.com", "Grüße 📦"
mail.set_content("Hello")
mail.add_attachment(b"hi", maintype="application", subtype="pdf", filename="räport.pdf")
print(json.dumps(ses.send_email(Content={"Raw": {"Data": mail.as_bytes()}})["MessageId"]))
`,
    );
    expect(inbox.messages()).toMatchObject([
      { subject: "Grüße 📦", attachments: [{ filename: "räport.pdf", contentType: "application/pdf", size: 2 }] },
    ]);
  });

  test("sends in bulk by a template", async () => {
    await using inbox = await startInbox({ port: 0 });
    const results = await runPython(
      inbox.urls.web,
      `
entries = [{"Destination": {"ToAddresses": [name + "@example.com"]},
    "ReplacementEmailContent": {"ReplacementTemplate": {"ReplacementTemplateData": json.dumps({"name": name})}}} for name in ("ada", "bob")]
answer = ses.send_bulk_email(**source, BulkEmailEntries=entries,
    DefaultContent={"Template": {"TemplateName": "welcome", "TemplateData": json.dumps({"name": "friend"})}})
print(json.dumps([entry["Status"] for entry in answer["BulkEmailEntryResults"]]))
`,
    );
    expect(results).toEqual(["SUCCESS", "SUCCESS"]);
    expect(inbox.messages().map(({ envelope }) => envelope.to)).toEqual([["ada@example.com"], ["bob@example.com"]]);
  });

  test("reads the account", async () => {
    await using inbox = await startInbox({ port: 0 });
    expect(await runPython(inbox.urls.web, "print(json.dumps(ses.get_account()['SendingEnabled']))")).toBe(true);
  });

  test("gets errors as its own exceptions", async () => {
    await using inbox = await startInbox({ port: 0 });
    const errors = await runPython(
      inbox.urls.web,
      `
errors = []
for to in ("throttle@example.com", "reject@example.com", "unavailable@example.com", "no address"):
    try:
        ses.send_email(**source, Destination={"ToAddresses": [to]}, Content={"Simple": simple})
    except ClientError as error:
        modelled = [name for name in ("TooManyRequestsException", "MessageRejected", "BadRequestException") if isinstance(error, getattr(ses.exceptions, name))]
        errors.append([error.response["ResponseMetadata"]["HTTPStatusCode"], *modelled])
print(json.dumps(errors))
`,
    );
    expect(errors).toEqual([
      [429, "TooManyRequestsException"],
      [400, "MessageRejected"],
      [503],
      [400, "BadRequestException"],
    ]);
  });
});
