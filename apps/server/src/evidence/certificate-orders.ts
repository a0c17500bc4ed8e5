import { certificateLimits } from "@casaforte/modules/certificates";
import { ageing } from "./ageing-class.ts";

/** What is counted against the weekly limit of certificates. */
export const certificateOrders = ageing(
  "certificate_orders",
  {
    what: { it: "Certificati ordinati per i nomi host", en: "Certificates ordered for host names" },
    why: { it: "Tenere il limite settimanale", en: "Keeping the weekly limit" },
  },
  {
    keptMs: certificateLimits.weekMs,
    job: "certificates.tend",
    rows: [{ table: "certificates_orders", column: "ordered_at" }],
  },
);
