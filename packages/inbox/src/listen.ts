import type { AddressInfo, Server } from "node:net";
import { misconfigured } from "@mail/core";

/** What to say instead of a system error, by its code. */
const reasons: Readonly<Record<string, readonly [problem: string, hint: string]>> = {
  EADDRINUSE: [
    "is taken by another program, perhaps by another inbox",
    "See who has it with `lsof -i :PORT` (on Windows `netstat -ano`), end that program, or choose another port; 0 picks a free one.",
  ],
  EACCES: ["may not be used by this user", "Choose a port from 1024 on."],
  EADDRNOTAVAIL: ["cannot be opened: this machine does not have that address", "Check host; 127.0.0.1 always works."],
  ENOTFOUND: ["cannot be opened: the host is not known", "Check host; 127.0.0.1 always works."],
};

/** Starts to listen. @returns the port. @throws MailError `configuration` that names the option, in plain words */
export async function listen(server: Server, option: string, port: number, host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const onError = (error: NodeJS.ErrnoException): void => {
      const [problem, hint] = reasons[error.code ?? ""] ?? ["cannot be opened", error.message];
      reject(misconfigured(option, `port ${port} on ${host} ${problem}`, hint.replace("PORT", String(port))));
    };
    server.once("error", onError);
    server.listen(port, host, () => {
      server.removeListener("error", onError);
      resolve((server.address() as AddressInfo).port);
    });
  });
}
