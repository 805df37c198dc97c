import type { Address, DeliveryState, ErrorScope, MailErrorCode, Transport } from "@mail/core";

/** A mail as it arrived at the other side, decoded from what went over the wire by somebody else's code. */
export interface ReceivedMail {
  /** Who got it: SMTP envelope, or all recipients of the API request. */
  readonly recipients: readonly string[];
  readonly from: Address;
  /** Where it is left out, `headers.sender` is looked at. */
  readonly sender?: Address;
  readonly to: readonly Address[];
  readonly cc: readonly Address[];
  readonly replyTo: readonly Address[];
  readonly subject: string;
  readonly text?: string;
  readonly html?: string;
  /** Names in lower case, values with encoded-words decoded and unfolded. */
  readonly headers: Readonly<Record<string, string>>;
  readonly attachments: readonly ReceivedAttachment[];
  /** Everything as it went over the wire, for searches after injected lines: the MIME source, or the request's body. */
  readonly source: string;
}

export interface ReceivedAttachment {
  readonly filename?: string;
  /** Media type without parameters. */
  readonly contentType: string;
  readonly contentId?: string;
  readonly disposition: "attachment" | "inline";
  readonly content: Uint8Array;
}

/** What the other side can be told to do with the next mail. */
export interface PlayedFault {
  /** The code that the transport must give. */
  readonly code: MailErrorCode;
  /** Makes the other side behave so for the next mail. */
  readonly play: () => void;
  /** The other side has the whole mail, and its answer breaks off or cannot be read: nobody knows what became of it. */
  readonly answerLost?: boolean;
  /** Default: `"unknown"` with `answerLost`, else `"not_sent"`, because an answer that refuses the mail is definite. */
  readonly delivery?: DeliveryState;
  /** Default: the code's own. */
  readonly scope?: ErrorScope;
  /** Default: the code's own. */
  readonly retryable?: boolean;
  /** What the other side does, for reports. Default: the code. */
  readonly name?: string;
}

/** A transport with the other side in the test's hand. Made anew for each case. */
export interface Subject {
  readonly transport: Transport;
  /** Another transport to the same other side. */
  readonly create: (options: { readonly label?: string }) => Transport;
  /** What arrived so far. */
  readonly received: () => Promise<readonly ReceivedMail[]> | readonly ReceivedMail[];
  /** Requests or connections that the other side saw, mails or not. */
  readonly contacts: () => number;
  /** The other side takes the next mail and does not answer until the subject is closed. */
  readonly hang: () => void;
  /** Whether the mail of `hang` has been taken whole. Where it is given, an abort after it must say `delivery: "unknown"`. */
  readonly hanging?: () => boolean;
  /** The other side refuses this recipient of the next mail and takes the others. Left out where it takes all or none. */
  readonly refuseRecipient?: (address: string) => void;
  /** Answers of the other side and the codes they must become. */
  readonly faults: readonly PlayedFault[];
  /** Keys and passwords in use: they must not show anywhere. */
  readonly secrets: readonly string[];
  /** Ends the other side and whatever is open. */
  readonly close: () => Promise<void>;
}

export type Setup = () => Subject | Promise<Subject>;
