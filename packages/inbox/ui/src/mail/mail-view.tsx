import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import { api } from "../api/client.ts";
import type { Checks, InboxInfo, Mail, MailSummary } from "../api/types.ts";
import { announce } from "../shared/announcer.tsx";
import { Failure } from "../shared/failure.tsx";
import { useLoaded } from "../shared/use-loaded.ts";
import { goTo } from "../shared/use-route.ts";
import type { MailActions } from "../shell/use-mail-keys.ts";
import { AttachmentStrip } from "./attachment-strip.tsx";
import { CodeStrip } from "./code-strip.tsx";
import { MailHeader } from "./mail-header.tsx";
import { type TabName, tabsOf } from "./mail-tabs.tsx";
import { Tabs } from "./tabs.tsx";

interface Props {
  readonly id: string;
  readonly tab: string | undefined;
  /** From the list, which knows at once whether it was read. */
  readonly summary: MailSummary | undefined;
  readonly release: InboxInfo["release"];
  readonly actions: MailActions;
}

export function MailView({ id, tab, summary, release, actions }: Props): JSX.Element {
  const mail = useLoaded(id, () => api.mail(id));
  const checks = useLoaded(id, () => api.checks(id));
  useEffect(() => {
    api.markRead(id, false).catch(() => undefined);
  }, [id]);

  if (mail.value === undefined)
    return (
      <div class="mail-view">
        <Failure error={mail.error} />
      </div>
    );
  const loaded = summary === undefined ? mail.value : { ...mail.value, unread: summary.unread };
  return <LoadedMail mail={loaded} checks={checks.value} tab={tab} release={release} actions={actions} />;
}

interface LoadedProps extends Omit<Props, "id" | "summary"> {
  readonly mail: Mail;
  readonly checks: Checks | undefined;
}

function LoadedMail({ mail, checks, tab, release, actions }: LoadedProps): JSX.Element {
  const tabs = tabsOf(mail, checks);
  const current = tabs.find(({ name }) => name === tab) ?? tabs[0];
  const choose = (name: TabName): void => goTo({ mailId: mail.id, tab: name }, true);
  // Where the mail takes the place of the list, it takes the focus as well.
  useEffect(() => {
    if (!document.getElementById("mail-list")?.checkVisibility()) document.getElementById("mail-subject")?.focus();
  }, [mail.id]);
  useEffect(() => announce(mail.subject || "No subject", { shown: false }), [mail.subject]);
  return (
    <article class="mail-view" aria-labelledby="mail-subject">
      <MailHeader mail={mail} release={release} actions={actions} />
      <CodeStrip codes={checks?.codes ?? []} />
      <AttachmentStrip mail={mail} />
      <Tabs label="Views of this mail" tabs={tabs} current={current?.name ?? "text"} onChoose={choose} />
      <div class="tab-panel" role="tabpanel" id="tab-panel" aria-labelledby={`tab-${current?.name}`}>
        {current?.render()}
      </div>
    </article>
  );
}
