import type { Invariant } from "@casaforte/platform/db";
import {
  findDeliveriesWithoutJob,
  findEntriesWithoutJob,
  findOutgoingWithoutRecipient,
  findSharedBlobs,
  findSystemMailWithoutJob,
  findUnexplainedFinishes,
} from "./store-invariants.ts";

/**
 * Claims about each tenant's mail on its way. That no delivery is in a mailbox twice is a unique index
 * (`mailflow_deliveries_message`) and a row lock; the tests drive both.
 */
export const invariants: readonly Invariant[] = [
  {
    name: "mailflow.delivery_done_or_has_job",
    check: async (tx) => (await findDeliveriesWithoutJob(tx)).map((id) => `delivery ${id} waits without a job`),
  },
  {
    name: "mailflow.queue_done_or_has_job",
    check: async (tx) => (await findEntriesWithoutJob(tx)).map((id) => `queue entry ${id} waits without a job`),
  },
  {
    name: "mailflow.system_mail_has_job",
    check: async (tx) => (await findSystemMailWithoutJob(tx)).map((id) => `system mail ${id} waits without a job`),
  },
  {
    name: "mailflow.blob_has_one_owner",
    check: async (tx) => (await findSharedBlobs(tx)).map((id) => `blob ${id} belongs to more than one row`),
  },
  {
    name: "mailflow.outgoing_has_recipient",
    check: async (tx) => (await findOutgoingWithoutRecipient(tx)).map((id) => `message ${id} is for nobody`),
  },
  {
    name: "mailflow.finish_has_event",
    check: async (tx) => (await findUnexplainedFinishes(tx)).map((id) => `delivery ${id} ended without an event`),
  },
];
