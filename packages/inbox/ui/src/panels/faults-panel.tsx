import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { api } from "../api/client.ts";
import type { FaultRule } from "../api/event-types.ts";
import { announce } from "../shared/announcer.tsx";
import { Failure } from "../shared/failure.tsx";
import { IconButton } from "../shared/icon-button.tsx";
import { useLoaded } from "../shared/use-loaded.ts";
import { describeFault } from "./describe-fault.ts";
import { FaultForm } from "./fault-form.tsx";

export function FaultsPanel(): JSX.Element {
  const faults = useLoaded("faults", async () => (await api.faults()).faults);
  const addresses = useLoaded("addresses", async () => (await api.faultAddresses()).addresses);
  const [error, setError] = useState<Error>();
  const run = async (work: Promise<unknown>, done: string): Promise<void> => {
    setError(undefined);
    try {
      await work;
      announce(done);
    } catch (thrown) {
      setError(thrown instanceof Error ? thrown : new Error(String(thrown)));
    }
    faults.reload();
  };
  return (
    <>
      <section>
        <h3>Rules</h3>
        {faults.value?.length === 0 && <p class="muted">No rule is set: everything is accepted.</p>}
        <ul class="faults">
          {faults.value?.map((fault) => (
            <li key={fault.id}>
              <span>{describeFault(fault)}</span>
              <span class="muted">
                struck {fault.struck} of {fault.asked}
              </span>
              <IconButton
                icon="trash"
                label={`Remove: ${describeFault(fault)}`}
                danger
                onClick={() => void run(api.removeFault(fault.id), "Rule removed")}
              />
            </li>
          ))}
        </ul>
      </section>
      <section>
        <h3>New rule</h3>
        <FaultForm onAdd={(rule: FaultRule) => void run(api.addFault(rule), "Rule added")} />
        <Failure error={error ?? faults.error} />
      </section>
      <section>
        <h3>Without a rule, by address</h3>
        <p class="muted">At any domain; what stands behind a plus is free, as in throttle+case-7@example.com.</p>
        <dl class="copy-list plain">
          {addresses.value?.map(({ name, does }) => (
            <div key={name}>
              <dt>
                <code>{name}@</code>
              </dt>
              <dd>{does}</dd>
            </div>
          ))}
        </dl>
      </section>
    </>
  );
}
