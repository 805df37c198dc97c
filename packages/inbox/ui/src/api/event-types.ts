export type WebhookAction = "deliver" | "soft_bounce" | "hard_bounce" | "complain" | "open" | "click" | "unsubscribe";

export interface Delivery {
  readonly id: string;
  readonly mailId?: string;
  readonly action: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly state: "pending" | "delivered" | "failed";
  readonly attempts: readonly {
    readonly at: string;
    readonly status?: number;
    readonly error?: string;
    readonly durationMs: number;
  }[];
}

export type Targets = Readonly<Partial<Record<"sendgrid" | "mailgun" | "ses" | "smtp", string>>>;

export interface WebhookKeys {
  readonly sendgridPublicKey: string;
  readonly mailgunSigningKey: string;
  readonly sesTopicArn: string;
  readonly sesCertificate: string;
}

export type FaultAction =
  | { readonly type: "reply"; readonly code: number; readonly enhancedCode?: string; readonly text?: string }
  | { readonly type: "status"; readonly status: number; readonly retryAfter?: number }
  | { readonly type: "delay"; readonly ms: number }
  | { readonly type: "drop"; readonly afterBytes?: number }
  | { readonly type: "lose-answer" };

export interface FaultRule {
  readonly via?: string;
  readonly inbox?: string;
  readonly to?: string;
  readonly from?: string;
  readonly stage: string;
  readonly action: FaultAction;
  readonly every?: number;
  readonly first?: number;
}

export interface ActiveFault extends FaultRule {
  readonly id: string;
  readonly asked: number;
  readonly struck: number;
}
