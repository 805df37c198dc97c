import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { api } from "../api/client.ts";
import type { Targets } from "../api/event-types.ts";
import type { InboxInfo } from "../api/types.ts";
import { announce } from "../shared/announcer.tsx";
import { CopyButton } from "../shared/copy-button.tsx";
import { Failure } from "../shared/failure.tsx";
import { viaNames } from "../shared/format.ts";
import { useLoaded } from "../shared/use-loaded.ts";

const examples = {
  sendgrid: "http://127.0.0.1:3000/webhooks/sendgrid",
  mailgun: "http://127.0.0.1:3000/webhooks/mailgun",
  ses: "http://127.0.0.1:3000/webhooks/ses",
  smtp: "smtp://127.0.0.1:2525",
} as const;
const providers = ["sendgrid", "mailgun", "ses", "smtp"] as const;

export function WebhooksPanel({ info }: { readonly info: InboxInfo | undefined }): JSX.Element {
  const targets = useLoaded("targets", api.targets);
  const keys = useLoaded("keys", api.keys);
  return (
    <>
      <section>
        <h3>Where events go</h3>
        <Failure error={targets.error} />
        {targets.value !== undefined && <TargetsForm initial={targets.value} />}
      </section>
      <section>
        <h3>Keys to verify them with</h3>
        {keys.value !== undefined && (
          <CopyList
            entries={{
              "SendGrid public key": keys.value.sendgridPublicKey,
              "Mailgun signing key": keys.value.mailgunSigningKey,
              "SES topic": keys.value.sesTopicArn,
              "SES certificate": keys.value.sesCertificate,
            }}
          />
        )}
      </section>
      <section>
        <h3>MAIL_URL of this inbox</h3>
        {info !== undefined && (
          <CopyList
            entries={Object.fromEntries([...providers].reverse().map((via) => [viaNames[via], info.urls[via]]))}
          />
        )}
      </section>
    </>
  );
}

function TargetsForm({ initial }: { readonly initial: Targets }): JSX.Element {
  const [targets, setTargets] = useState<Targets>(initial);
  const [error, setError] = useState<Error>();
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    setError(undefined);
    try {
      setTargets(await api.setTargets(targets));
      announce("Saved");
    } catch (thrown) {
      setError(thrown instanceof Error ? thrown : new Error(String(thrown)));
    }
  };
  return (
    <form class="fields" onSubmit={(event) => void submit(event)}>
      {providers.map((name) => (
        <label key={name}>
          <span>{name === "smtp" ? "SMTP (bounce mails)" : viaNames[name]}</span>
          <input
            value={targets[name] ?? ""}
            placeholder={examples[name]}
            onInput={(event) => setTargets({ ...targets, [name]: event.currentTarget.value })}
          />
        </label>
      ))}
      <Failure error={error} />
      <div>
        <button type="submit" class="button primary">
          Save
        </button>
      </div>
    </form>
  );
}

function CopyList({ entries }: { readonly entries: Readonly<Record<string, string>> }): JSX.Element {
  return (
    <dl class="copy-list">
      {Object.entries(entries).map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>
            <code>{value}</code>
            <CopyButton text={value} label={name} />
          </dd>
        </div>
      ))}
    </dl>
  );
}
