import type { JSX } from "preact";
import type { Checks, Mail } from "../api/types.ts";
import { ChecksView } from "./checks-view.tsx";
import { EnvelopeView } from "./envelope-view.tsx";
import { EventsView } from "./events-view.tsx";
import { DialogueView, RequestView } from "./exchange-view.tsx";
import { HeadersView } from "./headers-view.tsx";
import { HtmlPreview } from "./html-preview.tsx";
import { LinksView } from "./links-view.tsx";
import { SourceView } from "./source-view.tsx";
import { TextView } from "./text-view.tsx";

export type TabName =
  | "html"
  | "text"
  | "links"
  | "checks"
  | "events"
  | "envelope"
  | "headers"
  | "dialogue"
  | "request"
  | "source";

export interface Tab {
  readonly name: TabName;
  readonly title: string;
  /** How many there are of what it shows. */
  readonly count?: number | undefined;
  readonly warns?: boolean;
  readonly render: () => JSX.Element;
}

/** The views that a mail has. */
export function tabsOf(mail: Mail, checks: Checks | undefined): readonly Tab[] {
  const { html, text, dialogue, request } = mail;
  const warnings = checks?.findings.filter(({ level }) => level === "warning").length;
  const remoteImages = checks?.images.some(({ kind }) => kind === "remote") ?? false;
  const tabs: (Tab | false)[] = [
    html !== undefined && {
      name: "html",
      title: "HTML",
      render: () => <HtmlPreview id={mail.id} remoteImages={remoteImages} />,
    },
    (text !== undefined || html === undefined) && {
      name: "text",
      title: "Text",
      render: () => <TextView text={text ?? ""} />,
    },
    {
      name: "links",
      title: "Links",
      count: checks?.links.length,
      render: () => <LinksView id={mail.id} links={checks?.links ?? []} />,
    },
    {
      name: "checks",
      title: "Checks",
      count: warnings,
      warns: (warnings ?? 0) > 0,
      render: () => <ChecksView findings={checks?.findings ?? []} />,
    },
    { name: "events", title: "Events", render: () => <EventsView mail={mail} /> },
    { name: "envelope", title: "Envelope", render: () => <EnvelopeView mail={mail} /> },
    { name: "headers", title: "Headers", render: () => <HeadersView headers={mail.headers} /> },
    dialogue !== undefined && { name: "dialogue", title: "SMTP", render: () => <DialogueView lines={dialogue} /> },
    request !== undefined && { name: "request", title: "Request", render: () => <RequestView request={request} /> },
    { name: "source", title: "Source", render: () => <SourceView id={mail.id} /> },
  ];
  return tabs.filter((tab) => tab !== false);
}
