import { QueryClient } from "@tanstack/react-query";
import { ApiProblem } from "../http.ts";

/** The consoles' cache: retries what may pass by itself (the network, a restarting server), never a refusal. */
export const createQueryClient = (): QueryClient =>
  new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: 10_000,
        retry: (count, error) =>
          count < 3 && (!(error instanceof ApiProblem) || error.status === 0 || error.status >= 502),
      },
    },
  });
