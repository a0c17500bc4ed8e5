import type { WebhookEventType, WebhookTopic } from "@casaforte/contract/webhooks";

/** Acts of the customer's own log that are told, and what they are called outside. What is not here is told to nobody. */
const typeOfAction: Readonly<Record<string, WebhookEventType>> = {
  "backup.alarm_raised": "backup.alarm_raised",
  "backup.alarm_settled": "backup.alarm_settled",
  "backup.point_deleted": "backup.point_deleted",
  "devices.device_enrolled": "device.enrolled",
  "devices.device_revoked": "device.revoked",
  "devices.device_deleted": "device.deleted",
  "spaces.space_created": "space.created",
  "spaces.space_changed": "space.changed",
  "spaces.space_deleted": "space.deleted",
  "spaces.threshold_reached": "space.filling_up",
  "mailbox.account_created": "mailbox.created",
  "mailbox.account_updated": "mailbox.changed",
  "mailbox.account_deleted": "mailbox.deleted",
  "mailbox.account_restored": "mailbox.restored",
  "mailflow.sender_stopped": "sending.stopped",
  "mailflow.sender_resumed": "sending.resumed",
  "domains.added": "domain.added",
  "domains.activated": "domain.activated",
  "domains.removed": "domain.removed",
  "orders.placed": "order.placed",
  "orders.changed": "order.changed",
  "orders.ended": "order.ended",
  "billing.invoice_issued": "invoice.issued",
  "billing.payment_recorded": "invoice.paid",
  "billing.reminder_sent": "invoice.overdue",
  "billing.credit_note_issued": "credit_note.issued",
  "billing.budget_reached": "budget.reached",
  "tickets.opened": "ticket.opened",
  "tickets.operator_replied": "ticket.answered",
  "tickets.operator_asked": "ticket.answered",
  "tickets.solved": "ticket.solved",
  "measures.imposed": "measure.imposed",
  "measures.begun": "measure.begun",
  "measures.expired": "measure.ended",
  "measures.lifted": "measure.ended",
  "measures.overturned": "measure.ended",
  "identity.invitation_accepted": "person.joined",
  "identity.role_changed": "person.role_changed",
  "identity.principal_removed": "person.removed",
  "identity.token_created": "token.created",
  "identity.token_revoked": "token.revoked",
};

/** What an act of the log is told as; null for one that is not told. */
export const eventOfAction = (action: string): WebhookEventType | null => typeOfAction[action] ?? null;

const topics: Readonly<Record<string, WebhookTopic>> = {
  backup: "backup",
  device: "devices",
  space: "spaces",
  mailbox: "mail",
  sending: "mail",
  domain: "domains",
  order: "orders",
  invoice: "billing",
  credit_note: "billing",
  budget: "billing",
  ticket: "tickets",
  measure: "measures",
  notice: "notices",
  person: "people",
  token: "people",
};

/** Who chose this subject is told; null for a trial, which goes to one endpoint by name. */
export const topicOf = (type: WebhookEventType): WebhookTopic | null => topics[type.split(".")[0] ?? ""] ?? null;
