import { randomUUID } from "node:crypto";
import type { SnsSubscription, SubscriptionNotice } from "../webhook.ts";
import { type SnsMessage, type SnsTopic, snsConfirmation, snsNotification, snsToken } from "./sns-message.ts";

const validated = "Successfully validated SNS topic for Amazon SES event publishing.";
const eventSubject = "Amazon SES Email Event Notification";

/** Sends a notice to the endpoint that is or was subscribed. */
export type SendNotice = (url: string, notice: SubscriptionNotice, message: SnsMessage) => void;

/** One endpoint's subscription to the topic. */
interface Subscription {
  readonly url: string;
  readonly arn: string;
  readonly token: string;
  confirmed: boolean;
}

/** Knows who is subscribed to the topic, and tells them of it. */
export class SnsSubscriber implements SnsSubscription {
  readonly #topic: SnsTopic;
  readonly #send: SendNotice;
  #current: Subscription | undefined;

  constructor(topic: SnsTopic, send: SendNotice) {
    this.#topic = topic;
    this.#send = send;
  }

  get state(): SnsSubscription["state"] {
    if (this.#current === undefined) return "none";
    return this.#current.confirmed ? "confirmed" : "pending";
  }

  /** An endpoint that is new is asked to confirm. */
  subscribe(url: string | undefined): void {
    if (this.#current?.url === url) return;
    this.#current = undefined;
    if (url !== undefined) this.#ask(url, "SubscriptionConfirmation");
  }

  confirm(token: string): string | undefined {
    const subscription = this.#current;
    if (subscription === undefined || subscription.token !== token) return undefined;
    if (!subscription.confirmed) {
      subscription.confirmed = true;
      // What SES sends first to a topic to which it publishes.
      const message = this.#notification({ message: validated, at: new Date() });
      this.#send(subscription.url, "subscription_confirmed", message);
    }
    return subscription.arn;
  }

  end(subscriptionArn: string): boolean {
    const subscription = this.#current;
    if (subscription === undefined || subscription.arn !== subscriptionArn || !subscription.confirmed) return false;
    this.#ask(subscription.url, "UnsubscribeConfirmation");
    return true;
  }

  /** A record of SES as the topic carries it. */
  notification(message: string, at: Date): SnsMessage {
    return this.#notification({ message, subject: eventSubject, at });
  }

  #notification(parts: { readonly message: string; readonly subject?: string; readonly at: Date }): SnsMessage {
    const subscriptionArn = this.#current?.arn ?? this.#newArn();
    return snsNotification(this.#topic, { ...parts, subscriptionArn });
  }

  #ask(url: string, type: "SubscriptionConfirmation" | "UnsubscribeConfirmation"): void {
    const token = snsToken();
    this.#current = { url, arn: this.#newArn(), token, confirmed: false };
    const notice = type === "SubscriptionConfirmation" ? "confirm_subscription" : "confirm_unsubscribe";
    this.#send(url, notice, snsConfirmation(this.#topic, { type, token, at: new Date() }));
  }

  #newArn(): string {
    return `${this.#topic.arn}:${randomUUID()}`;
  }
}
