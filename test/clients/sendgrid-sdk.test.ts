import { startInbox } from "@mail/inbox";
import sendgridMail from "@sendgrid/mail";
import { afterEach, beforeEach, expect, test } from "vitest";

type Inbox = Awaited<ReturnType<typeof startInbox>>;
const { MailService } = sendgridMail as typeof sendgridMail & { readonly MailService: new () => typeof sendgridMail };

let inbox: Inbox;
let mail: typeof sendgridMail;
beforeEach(async () => {
  inbox = await startInbox({ port: 0 });
  mail = new MailService();
  mail.setApiKey("SG.sdk");
  // What the SDK's own documentation gives for another host.
  Reflect.get(mail, "client").setDefaultRequest("baseUrl", `${inbox.urls.web}/`);
});
afterEach(() => inbox.close());

const message = { from: "hello@acme.example", subject: "Hi", text: "Hello", html: "<p>Hello</p>" };

test("the README's first example", async () => {
  const [response] = await mail.send({ ...message, to: "ada@example.com" });
  expect(response.statusCode).toBe(202);
  const caught = await inbox.waitFor(() => true);
  expect(response.headers["x-message-id"]).toBe(caught.providerId);
  expect(caught).toMatchObject({ via: "sendgrid", inbox: "SG.sdk", subject: "Hi", text: "Hello\n" });
});

test("personalizations with substitutions are a mail for each recipient", async () => {
  await mail.send({
    ...message,
    subject: "Hi {{name}}",
    text: "Hello {{name}}",
    categories: ["greeting"],
    customArgs: { campaign: "spring" },
    personalizations: [
      { to: "ada@example.com", substitutions: { name: "Ada" } },
      { to: "bob@example.com", substitutions: { name: "Bob" }, customArgs: { campaign: "autumn" } },
    ],
    substitutionWrappers: ["{{", "}}"],
  });
  expect(inbox.messages()).toMatchObject([
    { subject: "Hi Ada", text: "Hello Ada\n", tags: ["greeting"], metadata: { campaign: "spring" } },
    { subject: "Hi Bob", text: "Hello Bob\n", tags: ["greeting"], metadata: { campaign: "autumn" } },
  ]);
});

test("attachments, shown and attached", async () => {
  // As SendGrid's documentation has it: `contentId`, which the typings offer, reaches SendGrid under that name and is ignored.
  const logo = {
    content: "iVBORw==",
    filename: "logo.png",
    type: "image/png",
    disposition: "inline",
    content_id: "logo",
  };
  await mail.send({
    ...message,
    to: "ada@example.com",
    attachments: [{ content: "aGk=", filename: "hi.txt", type: "text/plain", disposition: "attachment" }, logo],
  });
  const [caught] = inbox.messages();
  expect(caught?.attachments.toSorted((a, b) => a.contentType.localeCompare(b.contentType))).toMatchObject([
    { filename: "logo.png", contentType: "image/png", contentId: "logo", disposition: "inline", size: 4 },
    { filename: "hi.txt", contentType: "text/plain", disposition: "attachment", size: 2 },
  ]);
});

test("an error is the SDK's ResponseError, with the field named", async () => {
  const refused = mail.send({ ...message, to: "ada@example.com", from: { email: "not an address" } });
  await expect(refused).rejects.toMatchObject({
    code: 400,
    response: { body: { errors: [{ field: "from.email", message: expect.any(String) }] } },
  });
});

test("too many requests are told with the time at which it goes on", async () => {
  const refused = mail.send({ ...message, to: "throttle@example.com" });
  await expect(refused).rejects.toMatchObject({
    code: 429,
    response: { headers: { "x-ratelimit-reset": expect.stringMatching(/^\d+$/) } },
  });
});
