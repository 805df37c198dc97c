/** The words of the page, as plain text. In them, `{address}` and `{list}` stand for the recipient and the scope. */
export interface UnsubscribeTexts {
  /** Language of the words (RFC 5646). Default `en`. */
  readonly language: string;
  /** Name of the product or company, above the question. Default: none. */
  readonly product: string;
}
