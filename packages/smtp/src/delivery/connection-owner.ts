import type { DeliveryConnection } from "./delivery-connection.ts";
import type { PendingMail } from "./pending-mail.ts";

/** Whom a connection tells what became of it. */
export interface ConnectionOwner {
  /** It may be able to take another mail, or has nothing to do. */
  onChange(connection: DeliveryConnection): void;
  /** It is gone; the server has seen nothing of these mails. */
  onGone(connection: DeliveryConnection, unseen: readonly PendingMail[]): void;
}
