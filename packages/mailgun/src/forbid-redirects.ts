/**
 * The HTTP client inside mailgun.js would write the mail again to wherever an answer points. It is follow-redirects,
 * whose option for that the SDK does not pass on; its request looks it up when an answer comes.
 */
export function forbidRedirects(request: object): void {
  if ("_options" in request && typeof request._options === "object" && request._options !== null) {
    Object.assign(request._options, { followRedirects: false });
  }
}
