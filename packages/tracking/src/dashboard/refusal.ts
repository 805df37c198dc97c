/** A request that cannot be answered, and why, in words for the page. */
export class Refusal extends Error {
  readonly status: number;
  readonly hint: string;

  constructor(status: number, message: string, hint: string) {
    super(message);
    this.name = "Refusal";
    this.status = status;
    this.hint = hint;
  }
}
