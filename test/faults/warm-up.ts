import { createMailer } from "@mail/core";
import { noFaults } from "./no-faults.ts";
import { openServer, type World } from "./open-server.ts";
import { openTransport } from "./open-transport.ts";

/** Sends one mail by each, so that what the SDKs load does not count against a short time limit. */
export async function warmUp(world: World): Promise<void> {
  for (const fault of noFaults) {
    const server = await openServer(fault, world);
    await using mailer = createMailer({ transport: openTransport(fault, server, fault.via, "well") });
    await mailer.send({ from: "hello@acme.example", to: "ada@example.com", subject: "Hi", text: "Hello" });
    await mailer.close();
    await server.stop();
  }
}
