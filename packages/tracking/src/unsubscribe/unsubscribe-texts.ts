/**
 * The words of the page, as plain text. `{address}` stands for the recipient, `{list}` for the scope, `{product}` for the
 * product.
 */
export interface UnsubscribeTexts {
  /** Language of the words (RFC 5646). */
  readonly language: string;
  /** Name of the product or company, above everything. Empty: none. */
  readonly product: string;
  /** Of the browser's tab. */
  readonly title: string;
  readonly askHeading: string;
  /** Of a link for all mail. */
  readonly askAll: string;
  /** Of a link with a scope. */
  readonly askList: string;
  readonly askButton: string;
  readonly doneHeading: string;
  readonly doneAll: string;
  readonly doneList: string;
  readonly undoHint: string;
  readonly undoButton: string;
  readonly undoneHeading: string;
  readonly undoneAll: string;
  readonly undoneList: string;
  /** Of a link that was cut, or is none of ours. */
  readonly badLinkHeading: string;
  readonly badLink: string;
  /** Of a request that no mail program or browser of a person makes. */
  readonly badRequestHeading: string;
  readonly badRequest: string;
  /** Where the list could not be reached. */
  readonly failedHeading: string;
  readonly failed: string;
}

export const englishTexts: UnsubscribeTexts = Object.freeze({
  language: "en",
  product: "",
  title: "Unsubscribe",
  askHeading: "Unsubscribe?",
  askAll: "{address} will get no more mail of this kind.",
  askList: "{address} will get no more mail of the list “{list}”.",
  askButton: "Unsubscribe",
  doneHeading: "You are unsubscribed",
  doneAll: "{address} gets no more mail of this kind. A mail that is on its way may still arrive.",
  doneList: "{address} gets no more mail of the list “{list}”. A mail that is on its way may still arrive.",
  undoHint: "Was that a mistake?",
  undoButton: "Subscribe again",
  undoneHeading: "You are subscribed again",
  undoneAll: "{address} gets mail as before.",
  undoneList: "{address} gets mail of the list “{list}” as before.",
  badLinkHeading: "This link does not work",
  badLink: "It may have been cut. Please open it again from the mail, or copy all of it.",
  badRequestHeading: "This did not work",
  badRequest: "Please open the link from the mail again, and press the button there.",
  failedHeading: "Please try again",
  failed: "We could not do this just now. Please try again in a few minutes.",
});
