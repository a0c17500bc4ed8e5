import { useSession } from "@casaforte/ui-kit/console";

/** Whether this person may act on devices and points; the server asks again. */
export const useMayWork = (): boolean => ["owner", "admin", "technician"].includes(useSession().session.role ?? "");
