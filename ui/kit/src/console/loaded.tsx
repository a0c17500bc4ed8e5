import type { UseQueryResult } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { ErrorState, LoadingState, ProblemAlert } from "../components/states.tsx";

export interface LoadedProps<Data> {
  readonly query: UseQueryResult<Data>;
  readonly children: (data: Data) => ReactNode;
}

/** The states of a query, done the same way everywhere; figures read before stay visible under an error. */
export function Loaded<Data>({ query, children }: LoadedProps<Data>) {
  if (query.data === undefined)
    return query.isError ? <ErrorState error={query.error} onRetry={() => void query.refetch()} /> : <LoadingState />;
  return (
    <>
      {query.isError ? <ProblemAlert error={query.error} /> : null}
      {children(query.data)}
    </>
  );
}
