import { type Actor, Failure, parseId } from "@casaforte/kernel";
import { recordAudit } from "@casaforte/modules/audit";
import { sweepTenants } from "@casaforte/modules/tenancy";
import type { TenantTx } from "@casaforte/platform/db";
import type { JobHandler, JobSchedule } from "@casaforte/platform/jobs";
import { afterEvent } from "./answer-ticket.ts";
import { ticketLimits } from "./limits.ts";
import { answerLinkedTask, sendLinkedAnswer } from "./link-notice.ts";
import { waitingVerdict } from "./next-state.ts";
import type { TicketServices } from "./services.ts";
import { closeSolved, selectWaiting, updateTicket } from "./store.ts";
import { type IntakeServices, takeSupportMail } from "./take-support-mail.ts";
import { mailRequester } from "./ticket-mail.ts";
import type { LinkedAnswerId } from "./types.ts";

const actor: Actor = { kind: "system", name: "tickets" };

export const jobSchedules: readonly JobSchedule[] = [
  { task: "tickets.intake", everyMs: ticketLimits.intakeEveryMs },
  { task: "tickets.clock", everyMs: ticketLimits.clockEveryMs },
];

/** `tickets.intake` makes tickets of mail; `tickets.clock` reminds, gives up waiting and closes (R19); `tickets.answer_linked` answers every request about what is over. */
export function jobHandlers(services: IntakeServices): readonly JobHandler[] {
  return [
    {
      task: "tickets.intake",
      async run(_payload, { signal }) {
        while ((await takeSupportMail(services, signal)) === ticketLimits.intakeBatch);
      },
    },
    {
      task: answerLinkedTask,
      async run({ answerId }, { signal }) {
        if (typeof answerId !== "string") throw new Failure("invalid", "tickets.missing", "the job names no answer");
        await sendLinkedAnswer(services, parseId<LinkedAnswerId>(answerId), signal);
      },
    },
    {
      task: "tickets.clock",
      async run(_payload, context) {
        await sweepTenants(services.db, context, async ({ tenantId }) => {
          await services.db.tenant(tenantId, (tx) => tick(tx, services));
        });
      },
    },
  ];
}

async function tick(tx: TenantTx, services: TicketServices): Promise<void> {
  const nowMs = services.clock.nowMs();
  const [firstReminderMs = ticketLimits.giveUpAfterMs] = ticketLimits.reminderAfterMs;
  for (const ticket of await selectWaiting(tx, new Date(nowMs - firstReminderMs))) {
    if (ticket.waitingSince === null) continue;
    const { reminders, givesUp } = waitingVerdict(ticket.waitingSince, nowMs);
    if (givesUp) {
      await updateTicket(tx, afterEvent(ticket, "gave_up", nowMs));
      await mailRequester(tx, ticket, "gave_up", {}, services);
      await recordAudit(tx, actor, {
        action: "tickets.gave_up",
        object: { kind: "ticket", id: ticket.id },
        details: { number: Number(ticket.number) },
      });
    } else if (reminders > ticket.remindersSent) {
      // One mail for however many are overdue: a provider who was away must not write twice in a minute.
      await updateTicket(tx, { ...ticket, remindersSent: reminders });
      const untilMs = ticket.waitingSince.getTime() + ticketLimits.giveUpAfterMs;
      await mailRequester(tx, ticket, "reminder", { untilMs }, services);
    }
  }
  await closeSolved(tx, new Date(nowMs - ticketLimits.reopenMs), new Date(nowMs));
}
