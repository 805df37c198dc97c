import { misconfigured } from "@mail/core";

/** What all brokers take as a part of a name. @throws MailError `configuration` */
export function checkQueueName(name: string): void {
  if (/^[\w-]{1,100}$/.test(name)) return;
  const hint = "Use letters, digits, - and _, at most 100.";
  throw misconfigured("name", `is ${JSON.stringify(name)}, which no broker would take`, hint);
}
