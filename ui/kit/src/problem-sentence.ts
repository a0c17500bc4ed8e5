import { localeOf } from "./format.ts";
import { ApiProblem } from "./http.ts";
import type { errorsIt } from "./i18n/errors-it.ts";
import type { MessageValues, Translate } from "./i18n/i18n.ts";

const byStatus: Readonly<Record<number, ErrorSentenceId>> = {
  0: "error.network",
  401: "error.identity.not_signed_in",
  403: "error.forbidden",
  404: "error.not_found",
  409: "error.conflict",
  412: "error.conflict",
  413: "error.too_large",
  415: "error.invalid",
  422: "error.invalid",
  423: "error.locked",
  429: "error.rate_limited",
  503: "error.unavailable",
  507: "error.over_quota",
};

export type ErrorSentenceId = keyof typeof errorsIt;

/**
 * What happened and what to do next, in the reader's language: the sentence of its code, else of its status, else the one that says
 * it was us.
 */
export function problemSentence(error: unknown, t: Translate<ErrorSentenceId>, language: string): string {
  if (!(error instanceof ApiProblem)) return t("error.internal");
  const retryAtMs = error.details["retryAtMs"];
  const values: Record<string, string | number> = {};
  for (const [name, value] of Object.entries(error.details))
    values[name] = typeof value === "boolean" ? `${value}` : value;
  if (typeof retryAtMs === "number") {
    values["time"] = new Intl.DateTimeFormat(localeOf(language), { hour: "2-digit", minute: "2-digit" }).format(
      retryAtMs,
    );
    return t("error.tryAt", values as MessageValues);
  }
  const own = `error.${error.code}` as ErrorSentenceId;
  const sentence = t(own, values);
  // A translator gives an id back when it has no text for it.
  return sentence === own ? t(byStatus[error.status] ?? "error.internal", values) : sentence;
}
