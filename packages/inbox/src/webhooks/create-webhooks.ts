import { createPublicKey } from "node:crypto";
import { misconfigured } from "@mail/core";
import { addressKey } from "../caught-address.ts";
import type { CaughtMail, Via } from "../caught-mail.ts";
import type { FireOptions, WebhookAction, WebhookDelivery, WebhookKeys, Webhooks, WebhookTargets } from "../webhook.ts";
import { DeliveryLog } from "./delivery-log.ts";
import { firstLink } from "./first-link.ts";
import { outgoingEvents } from "./outgoing-events.ts";
import { postWebhook, splitCredentials } from "./post-webhook.ts";
import type { ReportedEvent } from "./reported-event.ts";
import { type RetrySchedule, shortSchedule } from "./retry-habits.ts";
import type { SnsMessage } from "./sns-message.ts";
import { SnsSubscriber } from "./sns-subscriber.ts";
import { signingKeys, type WebhookPrivateKeys, webhookPrivateKeys } from "./webhook-private-keys.ts";
import { checkedTarget, checkedTargets } from "./webhook-targets.ts";

export interface WebhooksOptions {
  /** Address of this inbox, such as `http://127.0.0.1:8025`; SNS messages point to it. */
  readonly baseUrl: string;
  /** Where webhooks go. Default nowhere. */
  readonly targets?: WebhookTargets | undefined;
  /** Keys to sign with, so that apps can keep the public ones. Default: made anew. */
  readonly keys?: Partial<WebhookPrivateKeys> | undefined;
  /** Source of a mail, for the headers in bounce mails. Default: written anew from the parsed ones. */
  readonly source?: ((mailId: string) => Uint8Array | undefined) | undefined;
  /** Default `arn:aws:sns:us-east-1:123456789012:ses-events`. */
  readonly topicArn?: string | undefined;
  /** 1 signs with SHA-1 and is what topics have at first, 2 with SHA-256. Default `"1"`. */
  readonly snsSignatureVersion?: "1" | "2" | undefined;
  /** `SigningCertURL` of SNS messages, for apps that take amazonaws.com alone. Default `baseUrl/sns/certificate.pem`. */
  readonly signingCertUrl?: string | undefined;
  /** How long one attempt may take. Default 10,000. */
  readonly timeoutMs?: number | undefined;
  /** Waiting times before the second, third … attempt. Default: the providers', shortened. */
  readonly retryDelaysMs?: Partial<RetrySchedule> | undefined;
  /** The oldest leave the log when there are more. Default 500. */
  readonly maxDeliveries?: number | undefined;
}

const defaultTopicArn = "arn:aws:sns:us-east-1:123456789012:ses-events";
const defaultTimeoutMs = 10_000;
const defaultMaxDeliveries = 500;
const maxLogBytes = 32 * 1024 * 1024;

/**
 * Signs and delivers the events of all providers.
 * @throws MailError `configuration` that names the option
 */
export async function createWebhooks(options: WebhooksOptions): Promise<Webhooks> {
  const { baseUrl, source, topicArn = defaultTopicArn, timeoutMs = defaultTimeoutMs } = options;
  if (!/^arn:aws[a-z-]*:sns:[a-z0-9-]+:\d{12}:[\w-]{1,256}$/.test(topicArn))
    throw misconfigured("topicArn", "is no ARN of an SNS topic", `Write it like ${defaultTopicArn}.`);
  if (options.signingCertUrl !== undefined && !/^https?:$/.test(URL.parse(options.signingCertUrl)?.protocol ?? ""))
    throw misconfigured("signingCertUrl", "is no address", "Write it from https:// on.");
  const privateKeys = await webhookPrivateKeys(options.keys);
  const signing = signingKeys(privateKeys);
  const log = new DeliveryLog({
    retryDelaysMs: { ...shortSchedule, ...options.retryDelaysMs },
    maxDeliveries: options.maxDeliveries ?? defaultMaxDeliveries,
    maxBytes: maxLogBytes,
  });
  const topic = {
    arn: topicArn,
    key: signing.sns,
    signatureVersion: options.snsSignatureVersion ?? "1",
    signingCertUrl: options.signingCertUrl ?? new URL("/sns/certificate.pem", baseUrl).href,
    endpoint: new URL("/sns/", baseUrl).href,
  };
  const subscription = new SnsSubscriber(topic, (url, notice, message) => void notify(url, notice, message));
  let targets: WebhookTargets = {};
  setTargets(options.targets ?? {});

  function setTargets(changed: WebhookTargets): void {
    targets = checkedTargets(changed);
    if (!log.closed) subscription.subscribe(targets.ses);
  }

  /** Its failure stands in the log. */
  async function notify(url: string, action: WebhookDelivery["action"], message: SnsMessage): Promise<void> {
    if (log.closed) return;
    await log.deliver({
      via: "ses",
      action,
      url: splitCredentials(url).address,
      body: message.body,
      headers: () => message.headers,
      send: (headers, signal) => postWebhook({ url, headers, body: message.body, signal, timeoutMs }),
    });
  }

  async function fire(mail: CaughtMail, action: WebhookAction, how: FireOptions = {}): Promise<WebhookDelivery> {
    const { via } = mail;
    const url = how.url === undefined ? targetFor(via) : checkedTarget("url", via, how.url);
    const event: ReportedEvent = {
      mail,
      action,
      recipients: recipientsOf(mail, how.recipient),
      at: new Date(),
      link: how.link ?? firstLink(mail),
    };
    const parts = { topicArn, signing, subscription, source, timeoutMs };
    const [first, ...others] = outgoingEvents(event, { url, detail: how.detail, ...parts });
    if (first === undefined) throw new Error("This mail has no recipient in its envelope.");
    const [delivery] = await Promise.all([first, ...others].map((outgoing) => log.deliver(outgoing)));
    return delivery as WebhookDelivery;
  }

  function targetFor(via: Via): string {
    const target = targets[via];
    if (target !== undefined) return target;
    throw new Error(`${via}: there is no target; set the address where the app takes ${via}'s ${wanted[via]}.`);
  }

  return {
    keys: publicKeys(privateKeys, topicArn),
    subscription,
    targets: () => targets,
    setTargets,
    fire,
    log: (mailId) => log.list(mailId),
    replay: (id) => log.replay(id),
    close: () => log.close(),
  };
}

const wanted: Readonly<Record<Via, string>> = {
  sendgrid: "webhooks",
  mailgun: "webhooks",
  ses: "SNS messages",
  smtp: "bounce mails",
};

/** @throws Error that names a recipient whom the mail did not have */
function recipientsOf({ envelope }: CaughtMail, chosen: FireOptions["recipient"] = envelope.to): readonly string[] {
  const list = typeof chosen === "string" ? [chosen] : chosen;
  const known = new Set(envelope.to.map(addressKey));
  const stranger = list.find((address) => !known.has(addressKey(address)));
  if (stranger !== undefined)
    throw new Error(`recipient: ${JSON.stringify(stranger)} is none of ${envelope.to.join(", ")}.`);
  return list;
}

function publicKeys(keys: WebhookPrivateKeys, sesTopicArn: string): WebhookKeys {
  const spki = createPublicKey(keys.sendgridPrivateKey).export({ type: "spki", format: "der" });
  return {
    sendgridPublicKey: spki.toString("base64"),
    mailgunSigningKey: keys.mailgunSigningKey,
    sesTopicArn,
    sesCertificate: keys.snsCertificate,
  };
}
