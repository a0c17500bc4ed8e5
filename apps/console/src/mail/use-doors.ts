import { useQuery } from "@tanstack/react-query";
import { providerQuery } from "../queries.ts";

const doors = ["imap", "pop3", "smtp", "jmap", "webmail"] as const;

/** The ways into a mailbox that there are here (R13): JMAP only where the provider offers it to programs. */
export function useDoors(): readonly (typeof doors)[number][] {
  const isJmapOffered = typeof useQuery(providerQuery).data?.jmapUrl === "string";
  return doors.filter((door) => door !== "jmap" || isJmapOffered);
}
