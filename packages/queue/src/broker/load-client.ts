import { misconfigured } from "@mail/core";

/**
 * Loads a client library when it is needed first.
 * @throws MailError `configuration` that says what to install
 */
export async function loadClient<Client>(
  engine: string,
  packages: string,
  load: () => Promise<Client>,
): Promise<Client> {
  try {
    return await load();
  } catch (thrown) {
    const missing = thrown instanceof Error && "code" in thrown && thrown.code === "ERR_MODULE_NOT_FOUND";
    throw missing ? misconfigured("engine", `${engine}() needs ${packages}`, `Run: npm install ${packages}`) : thrown;
  }
}
