import { createHash, timingSafeEqual } from "node:crypto";
import { mailgunEvents } from "@mail/mailgun/events";
import { sendgridEvents } from "@mail/sendgrid/events";
import { sesEvents } from "@mail/ses/events";
import { sqliteStore } from "@mail/store/sqlite";
import { createTracker } from "@mail/tracking";

const { env } = process;
const store = sqliteStore({ file: env.MAIL_DB ?? "mail.db" });

export const tracker = createTracker({
  store,
  sources: {
    sendgrid: sendgridEvents({ publicKey: env.SENDGRID_WEBHOOK_KEY }),
    mailgun: mailgunEvents({ signingKey: env.MAILGUN_SIGNING_KEY, store }),
    ses: sesEvents({ topicArns: ["arn:aws:sns:eu-west-1:123456789012:mail"] }),
  },
  unsubscribe: { url: "https://app.example/unsubscribe", secret: env.UNSUBSCRIBE_SECRET ?? "" },
  logger: console,
});

export const dashboard = tracker.dashboard({ basePath: "/admin/mail", authorize });

/** Put your own login in its place. */
function authorize({ headers }: Request): boolean | Response {
  const password = env.DASHBOARD_PASSWORD ?? "";
  const expected = `Basic ${Buffer.from(`admin:${password}`).toString("base64")}`;
  if (password !== "" && isSame(headers.get("authorization") ?? "", expected)) return true;
  return new Response("Who are you?\n", { status: 401, headers: { "www-authenticate": 'Basic realm="mail"' } });
}

/** In constant time. */
function isSame(a: string, b: string): boolean {
  const [first, second] = [a, b].map((text) => createHash("sha256").update(text).digest()) as [Buffer, Buffer];
  return timingSafeEqual(first, second);
}
