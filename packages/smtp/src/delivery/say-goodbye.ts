import type { Socket } from "node:net";
import type { MailWriter } from "./mail-writer.ts";

/** How long a server has to answer QUIT. */
const quitMs = 1_000;

/** Resolves when the server has closed the connection, or had its time for it. */
export async function sayGoodbye(socket: Socket, writer: MailWriter): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, quitMs);
  socket.once("close", resolve);
  writer.command("QUIT\r\n");
  await promise;
  clearTimeout(timer);
}
