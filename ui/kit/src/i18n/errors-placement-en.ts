import type { placementErrorsIt } from "./errors-placement-it.ts";

/** Hosts, fixed addresses, and moving spaces among hosts. */
export const placementErrorsEn = {
  "error.placement.host_exists": "Another host has this name. Choose another.",
  "error.placement.host_in_use": "The host holds more than that. Move or shrink spaces first.",
  "error.placement.host_not_found": "This host is gone. Refresh the page.",
  "error.placement.site_unknown": "There is no such site. Check the name.",
  "error.placement.space_not_placed": "This space has no room on any host, or is gone. Refresh the page.",
  "error.placement.same_host": "The space is on this host already. Choose another one.",
  "error.placement.other_site":
    "This host stands at another site, and the customer chose where its data lie. Choose a host of the same site.",
  "error.placement.host_closed": "This host takes nothing new. Reactivate it first, or choose another one.",
  "error.placement.host_full": "This host has no room for the space. Choose another one, or add a host to the site.",
  "error.placement.not_draining": "Only a draining host is emptied. Drain it first.",
  "error.placement.already_emptying": "The spaces of this host are moving already. Wait until that is done.",
  "error.placement.address": "One line is not an IP address. Check them.",
  "error.placement.no_capacity": "This space’s host has no more room. Write to support.",
} as const satisfies Record<keyof typeof placementErrorsIt, string>;
