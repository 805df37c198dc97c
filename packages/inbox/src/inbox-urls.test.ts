import { mailgun } from "@mail/mailgun";
import { sendgrid } from "@mail/sendgrid";
import { ses } from "@mail/ses";
import { smtp } from "@mail/smtp";
import { expect, test } from "vitest";
import { inboxUrls } from "./inbox-urls.ts";

const ports = { port: 8025, smtpPort: 1025, smtpsPort: 1465 };
const at = (host: string, login?: { user: string; pass: string }) => inboxUrls({ ...ports, host, login });

test("on this machine hosts are named as the adapters know them", () => {
  expect(at("127.0.0.1")).toEqual({
    smtp: "smtp://127.0.0.1:1025",
    smtps: "smtps://127.0.0.1:1465",
    sendgrid: "sendgrid://default@127.0.0.1:8025",
    mailgun: "mailgun://default@inbox.example?baseUrl=http://127.0.0.1:8025",
    ses: "ses://default:default@127.0.0.1:8025?region=us-east-1",
    web: "http://127.0.0.1:8025",
  });
});

test("an inbox that listens on all addresses is reached by loopback", () => {
  expect(at("0.0.0.0").web).toBe("http://127.0.0.1:8025");
  expect(at("::").web).toBe("http://[::1]:8025");
});

test.each(["127.0.0.1", "localhost", "::1", "0.0.0.0", "::", "192.168.1.7", "inbox.lan"])(
  "the URLs for %s are taken by the adapters as they are",
  (host) => {
    for (const login of [undefined, { user: "ada@x", pass: "p:/@%" }]) {
      const urls = at(host, login);
      expect(smtp.fromUrl(urls.smtp).name).toBe("smtp");
      expect(smtp.fromUrl(urls.smtps).name).toBe("smtp");
      expect(mailgun.fromUrl(urls.mailgun).name).toBe("mailgun");
      expect(ses.fromUrl(urls.ses).name).toBe("ses");
      expect(sendgrid.fromUrl(urls.sendgrid).name).toBe("sendgrid");
    }
  },
);
