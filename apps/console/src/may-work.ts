import { useSession } from "@casaforte/ui-kit/console";

/**
 * Whether this person may act on devices and points; the server asks again. Somebody of support whom the customer let in
 * for changes may start a run and pause a move, but touches nothing that deletes, holds points back, brings them back or runs
 * commands on the customer's machines (R90).
 */
export function useMayWork(what: "settings" | "content" = "settings"): boolean {
  const { role, acting } = useSession().session;
  if (acting !== null) return acting.scope === "act" && what === "settings";
  return ["owner", "admin", "technician"].includes(role ?? "");
}

/** Whether this person may verify and delete single restore points: nobody of support, and nobody below an administrator. */
export function useMayManagePoints(): boolean {
  const { role, acting } = useSession().session;
  return acting === null && ["owner", "admin"].includes(role ?? "");
}
