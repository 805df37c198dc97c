import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { FaultAction, FaultRule } from "../api/event-types.ts";

const stages = ["connect", "ehlo", "starttls", "auth", "mail", "rcpt", "data", "body", "rset", "quit"];
const actions = {
  reply: "SMTP reply",
  status: "HTTP status",
  delay: "Delay",
  drop: "Dropped connection",
  "lose-answer": "Lost answer",
} as const;

interface Draft {
  readonly via: string;
  readonly stage: string;
  readonly to: string;
  readonly inbox: string;
  readonly action: keyof typeof actions;
  readonly code: string;
  readonly enhancedCode: string;
  readonly status: string;
  readonly retryAfter: string;
  readonly ms: string;
  readonly afterBytes: string;
  readonly every: string;
  readonly first: string;
}

const fresh: Draft = {
  via: "smtp",
  stage: "rcpt",
  to: "",
  inbox: "",
  action: "reply",
  code: "451",
  enhancedCode: "4.7.1",
  status: "429",
  retryAfter: "",
  ms: "2000",
  afterBytes: "",
  every: "",
  first: "",
};

export function FaultForm({ onAdd }: { readonly onAdd: (rule: FaultRule) => void }): JSX.Element {
  const [draft, setDraft] = useState(fresh);
  const smtp = draft.via === "smtp";
  const field = (name: keyof Draft, label: string, mode: "text" | "numeric" = "numeric"): JSX.Element => (
    <label>
      <span>{label}</span>
      <input
        inputMode={mode}
        value={draft[name]}
        onInput={(event) => setDraft({ ...draft, [name]: event.currentTarget.value })}
      />
    </label>
  );
  const choice = (name: keyof Draft, label: string, options: Readonly<Record<string, string>>): JSX.Element => (
    <label>
      <span>{label}</span>
      <select
        value={draft[name]}
        onChange={(event) => setDraft(settled({ ...draft, [name]: event.currentTarget.value }))}
      >
        {Object.entries(options).map(([value, title]) => (
          <option key={value} value={value}>
            {title}
          </option>
        ))}
      </select>
    </label>
  );
  const { reply: _reply, ...apiActions } = actions;
  const { status: _status, ...smtpActions } = actions;
  return (
    <form
      class="fields grid"
      onSubmit={(event) => {
        event.preventDefault();
        onAdd(ruleOf(draft));
      }}
    >
      {choice("via", "Way in", { smtp: "SMTP", "": "Any API", sendgrid: "SendGrid", mailgun: "Mailgun", ses: "SES" })}
      {smtp && choice("stage", "Stage", Object.fromEntries(stages.map((stage) => [stage, stage.toUpperCase()])))}
      {field("to", "Recipient, * for any", "text")}
      {choice("action", "Fault", smtp ? smtpActions : apiActions)}
      {draft.action === "reply" && field("code", "Reply code")}
      {draft.action === "reply" && field("enhancedCode", "Enhanced code", "text")}
      {draft.action === "status" && field("status", "Status")}
      {draft.action === "status" && field("retryAfter", "Retry after, seconds")}
      {draft.action === "delay" && field("ms", "Milliseconds")}
      {draft.action === "drop" && field("afterBytes", "After bytes")}
      {field("every", "Every n-th")}
      {field("first", "First n")}
      {field("inbox", "Inbox", "text")}
      <div class="wide">
        <button type="submit" class="button primary">
          Add rule
        </button>
      </div>
    </form>
  );
}

/** A fault that the chosen way in knows. */
function settled(draft: Draft): Draft {
  if (draft.via === "smtp" && draft.action === "status") return { ...draft, action: "reply" };
  if (draft.via !== "smtp" && draft.action === "reply") return { ...draft, action: "status" };
  return draft;
}

function ruleOf(draft: Draft): FaultRule {
  const number = (name: "every" | "first") => (draft[name] === "" ? {} : { [name]: Number(draft[name]) });
  return {
    ...(draft.via !== "" && { via: draft.via }),
    ...(draft.to.trim() !== "" && { to: draft.to.trim() }),
    ...(draft.inbox.trim() !== "" && { inbox: draft.inbox.trim() }),
    stage: draft.via === "smtp" ? draft.stage : "request",
    action: actionOf(draft),
    ...number("every"),
    ...number("first"),
  };
}

function actionOf({ action, code, enhancedCode, status, retryAfter, ms, afterBytes }: Draft): FaultAction {
  switch (action) {
    case "reply":
      return {
        type: "reply",
        code: Number(code),
        ...(enhancedCode.trim() !== "" && { enhancedCode: enhancedCode.trim() }),
      };
    case "status":
      return { type: "status", status: Number(status), ...(retryAfter !== "" && { retryAfter: Number(retryAfter) }) };
    case "delay":
      return { type: "delay", ms: Number(ms) };
    case "drop":
      return { type: "drop", ...(afterBytes !== "" && { afterBytes: Number(afterBytes) }) };
    case "lose-answer":
      return { type: "lose-answer" };
  }
}
