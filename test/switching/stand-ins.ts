import { mock } from "@mail/mock";
import { FakeMailgun } from "../../packages/mailgun/src/fake-mailgun.fixture.ts";
import { receivedMail } from "../../packages/mailgun/src/received-mail.fixture.ts";
import { sendgridServer } from "../../packages/sendgrid/src/sendgrid-server.fixture.ts";
import { sesServer } from "../../packages/ses/src/ses-server.fixture.ts";
import { mailServer } from "../../packages/smtp/src/mail-server.fixture.ts";
import { type ArrivedMail, fromApi, fromMime } from "./arrived-mail.ts";

/** The other side of every transport, on loopback. */
export interface StandIns {
  /** The one entry that an app changes. */
  readonly urls: Readonly<Record<"smtp" | "sendgrid" | "mailgun" | "ses", string>>;
  readonly mock: ReturnType<typeof mock>;
  /** What has arrived at the other side of a transport. */
  arrived(name: string): Promise<readonly ArrivedMail[]>;
  close(): Promise<void>;
}

export async function startStandIns(): Promise<StandIns> {
  const key = "SG.key-of-the-switching-test";
  const [smtp, sendgrid, mailgun, ses] = await Promise.all([
    mailServer(),
    sendgridServer(key),
    FakeMailgun.start(),
    sesServer(),
  ]);
  const memory = mock();
  const arrivals: Readonly<Record<string, () => Promise<readonly ArrivedMail[]>>> = {
    smtp: async () => smtp.taken.map(({ parsed, to }) => fromMime(parsed, to)),
    sendgrid: async () => sendgrid.received().map(fromApi),
    mailgun: async () => (await Promise.all(mailgun.requests.map(receivedMail))).map(fromApi),
    ses: async () => (await ses.received()).map(fromApi),
    mock: async () =>
      memory.sent.map((mail) =>
        fromApi({
          ...mail,
          recipients: mail.envelope.to,
          headers: Object.fromEntries(Object.entries(mail.headers).map(([name, value]) => [name.toLowerCase(), value])),
          source: "",
        }),
      ),
  };
  return {
    urls: {
      smtp: `smtp://127.0.0.1:${smtp.port}`,
      sendgrid: `sendgrid://${key}@${new URL(sendgrid.baseUrl).host}`,
      mailgun: `mailgun://key-1@mg.acme.example?baseUrl=${encodeURIComponent(mailgun.url)}`,
      ses: `ses://AKID:secret@${new URL(ses.endpoint).host}?region=eu-west-1`,
    },
    mock: memory,
    arrived: (name) => arrivals[name]?.() ?? Promise.resolve([]),
    async close() {
      await Promise.all([smtp[Symbol.asyncDispose](), sendgrid.close(), mailgun.close(), ses.close()]);
    },
  };
}
