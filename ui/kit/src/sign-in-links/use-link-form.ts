import { type FormEvent, useState } from "react";
import { ApiProblem } from "../http.ts";

export const hasCode = (error: unknown, code: string): boolean => error instanceof ApiProblem && error.code === code;

/** A token that is not even shaped like one of ours is as good as an expired one. */
const deadLink = (error: unknown): boolean =>
  hasCode(error, "identity.link_expired") ||
  (error instanceof ApiProblem && error.fields.some((field) => /token/.test(field.path)));

export interface LinkForm {
  readonly isBusy: boolean;
  /** What went wrong, but for the two below. */
  readonly error: unknown;
  /** The server's objection to the password. */
  readonly passwordError: unknown;
  /** The link was used or has expired. */
  readonly isDead: boolean;
  readonly submit: (event: FormEvent) => Promise<void>;
}

/** Sends a form of a link's page and sorts what may go wrong. */
export function useLinkForm(call: () => Promise<void>): LinkForm {
  const [isBusy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    setBusy(true);
    setError(null);
    try {
      await call();
    } catch (problem) {
      setError(problem);
    } finally {
      setBusy(false);
    }
  };
  const isPassword = error instanceof ApiProblem && error.code.startsWith("identity.password_");
  const isDead = deadLink(error);
  return {
    isBusy,
    submit,
    isDead,
    error: isPassword || isDead ? null : error,
    passwordError: isPassword ? error : null,
  };
}

export { deadLink };
