import type { Socket } from "node:net";
import type { SmtpServerAddress } from "../smtp-error.ts";
import type { ServerExtensions } from "./server-extensions.ts";

/** A socket on which the server has taken the login, if there is one. */
export interface LoggedIn {
  readonly socket: Socket;
  readonly extensions: ServerExtensions;
  readonly server: SmtpServerAddress;
  /** How long a reply that has begun may take. */
  readonly replyTimeoutMs: number;
  /** Gets each line of the dialogue, contents left out. */
  readonly log?: ((side: "client" | "server", line: string) => void) | undefined;
}
