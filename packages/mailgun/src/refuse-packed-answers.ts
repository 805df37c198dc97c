import type { IncomingMessage } from "node:http";

/**
 * The HTTP client inside mailgun.js asks for packed answers and unpacks whatever comes, however large: a megabyte becomes
 * a gigabyte. The SDK passes no limit on, so answers are asked for as they are, and one that is packed all the same is
 * not unpacked: it is no answer of Mailgun's.
 */
export function refusePackedAnswers(request: NodeJS.WritableStream): void {
  if ("setHeader" in request && typeof request.setHeader === "function")
    request.setHeader("Accept-Encoding", "identity");
  request.prependOnceListener("response", ({ headers }: IncomingMessage) => {
    delete headers["content-encoding"];
  });
}
