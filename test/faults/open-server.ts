import type { ApiRow, SmtpRow } from "./fault-row.ts";
import type { Api } from "./servers/api-answers.ts";
import { apiFaultServer } from "./servers/api-fault-server.ts";
import { type Certificates, trustedCertificates } from "./servers/certificates.ts";
import type { FaultServer } from "./servers/fault-server.ts";
import { InventedNames } from "./servers/names.ts";
import { smtpFaultServer } from "./servers/smtp-fault-server.ts";
import type { Place } from "./servers/tcp-server.ts";

/** A fault as it strikes one kind of transport. */
export type Fault = { readonly via: "smtp"; readonly row: SmtpRow } | { readonly via: Api; readonly row: ApiRow };

/** What all cells share. */
export interface World extends Disposable {
  readonly names: InventedNames;
  readonly certificates: Certificates;
}

export async function createWorld(): Promise<World> {
  const names = new InventedNames();
  return { names, certificates: await trustedCertificates(), [Symbol.dispose]: () => names[Symbol.dispose]() };
}

/** Whether the client starts with TLS. */
export function expectsTls({ row }: Fault): boolean {
  return row.expectsTls ?? row.tls !== undefined;
}

/** Starts the other side of a transport, well at first. */
export async function openServer(fault: Fault, world: World): Promise<FaultServer> {
  const listen = (place?: Place) => serverFor(fault, world, place);
  if (fault.row.refused) return refusingServer(await listen(), listen);
  const server = await listen();
  return fault.row.name === undefined ? server : namedServer(server, fault.row.name, world.names);
}

function serverFor(fault: Fault, { certificates }: World, place?: Place): Promise<FaultServer> {
  const { tls, readsSlowly } = fault.row;
  const faults = {
    readsSlowly,
    tls: { faulty: tls && certificates[tls], well: expectsTls(fault) ? certificates.good : undefined },
  };
  if (fault.via === "smtp") {
    const { steps, starttls, offers } = fault.row;
    const upgrade = starttls && { faulty: certificates[starttls], well: certificates.good };
    return smtpFaultServer({ ...faults, steps, starttls: upgrade, offers }, place);
  }
  const { via } = fault;
  const steps = Object.fromEntries(
    Object.entries(fault.row.steps ?? {}).map(([point, step]) => [
      point,
      typeof step === "function" ? step(via) : step,
    ]),
  );
  return apiFaultServer(via, { ...faults, steps }, place);
}

/** Refuses connections while it is faulty: it then has an address at which nobody listens (Linux has all of 127/8). */
async function refusingServer(well: FaultServer, listen: (place: Place) => Promise<FaultServer>): Promise<FaultServer> {
  const place = { host: "127.0.0.2", port: well.port };
  let faulty = false;
  let mended: FaultServer | undefined;
  const current = () => mended ?? well;
  return {
    port: well.port,
    get host() {
      return faulty ? place.host : well.host;
    },
    get mails() {
      return current().mails;
    },
    async spoil() {
      faulty = true;
    },
    async mend() {
      mended ??= await listen(place);
    },
    allClosed: () => current().allClosed(),
    async stop() {
      await Promise.all([well.stop(), mended?.stop()]);
    },
  };
}

/** Has a name that is not found while it is faulty. */
function namedServer(server: FaultServer, failure: "ENOTFOUND" | "EAI_AGAIN", names: InventedNames): FaultServer {
  const host = names.invent();
  return {
    ...server,
    host,
    mails: server.mails,
    async spoil() {
      names.set(host, failure);
    },
    async mend() {
      names.set(host, undefined);
    },
  };
}
