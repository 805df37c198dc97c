/** Sends mails by SMTP as ordered, in a process of its own. */
import { answerOrders, type SampleOrder } from "../suite/take-sample.ts";
import { type LoadName, loads } from "./loads.ts";
import type { Subject, SubjectOptions } from "./subject.ts";

const subjects = {
  ours: () => import("./ours.ts"),
  nodemailer: () => import("./nodemailer.ts"),
  upyo: () => import("./upyo.ts"),
};

export interface SmtpOrder extends SampleOrder, SubjectOptions {
  readonly subject: keyof typeof subjects;
  readonly load: LoadName;
}

answerOrders<SmtpOrder>(async (order) => {
  const { open } = await subjects[order.subject]();
  const subject: Subject = await open(order);
  const mail = loads[order.load]();
  return { send: (index) => subject.send(mail(index)), close: () => subject.close() };
});
