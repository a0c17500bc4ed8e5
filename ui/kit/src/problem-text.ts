import type { I18n } from "@lingui/core";
import { ApiProblem } from "./api-client.ts";
import { formatTime } from "./format.ts";

const byStatus: Readonly<Record<number, string>> = {
  403: "error.forbidden",
  404: "error.not_found",
  409: "error.conflict",
  412: "error.conflict",
  422: "error.http.validation",
  429: "error.rate_limited",
  503: "error.unavailable",
  507: "error.over_quota",
};

/** The sentence for an error in the reader's language: by code, else by status, else the general one with a next step. */
export function problemText(i18n: I18n, error: unknown): string {
  if (!(error instanceof ApiProblem)) return i18n._("error.unknown");
  const retryAtMs = error.details["retryAtMs"];
  const values = {
    ...error.details,
    ...(typeof retryAtMs === "number" ? { retryAt: formatTime(i18n.locale, retryAtMs) } : {}),
  };
  for (const id of [`error.${error.code}`, byStatus[error.status] ?? "error.unknown"])
    if (i18n.messages[id] !== undefined) return i18n._(id, values);
  return i18n._("error.unknown");
}
