import { type TransferReply, transferDetailSchema, transferListSchema } from "@casaforte/contract/transfers";
import { callApi } from "@casaforte/ui-kit";
import { callChecked } from "@casaforte/ui-kit/console";
import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";

const lookAgainMs = 3_000;
const key = ["mail-transfers"];

export const isLive = ({ state }: Pick<TransferReply, "state">): boolean => state === "waiting" || state === "running";

/** Newest first; looked at again while something moves. */
export const useTransfers = () =>
  useInfiniteQuery({
    queryKey: key,
    initialPageParam: "",
    queryFn: ({ signal, pageParam }) =>
      callChecked("/api/mail-transfers", {
        query: { limit: 50, ...(pageParam === "" ? {} : { after: pageParam }) },
        reply: transferListSchema,
        signal,
      }),
    getNextPageParam: (page) => page.next ?? undefined,
    refetchInterval: ({ state }) =>
      state.data?.pages.some((page) => page.transfers.some(isLive)) ? lookAgainMs : false,
  });

export const useTransferDetail = (id: string) =>
  useQuery({
    queryKey: [...key, id],
    queryFn: ({ signal }) => callChecked(`/api/mail-transfers/${id}`, { reply: transferDetailSchema, signal }),
    refetchInterval: ({ state }) => (state.data && isLive(state.data) ? lookAgainMs : false),
  });

export function useTransferAct(id: string, onDone: () => void = () => {}) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ verb, body }: { readonly verb: "pause" | "resume" | "cancel"; readonly body?: object }) =>
      callApi(`/api/mail-transfers/${id}/${verb}`, { method: "POST", body: body ?? {} }),
    onSettled: () => client.invalidateQueries({ queryKey: key }),
    onSuccess: onDone,
  });
}

export function useReloadTransfers(): () => void {
  const client = useQueryClient();
  return () => void client.invalidateQueries({ queryKey: key });
}
