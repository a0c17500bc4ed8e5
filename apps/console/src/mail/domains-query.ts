import { domainListSchema } from "@casaforte/contract/domains";
import { callChecked } from "@casaforte/ui-kit/console";
import { queryOptions } from "@tanstack/react-query";

export const domainsQuery = queryOptions({
  queryKey: ["domains"],
  queryFn: ({ signal }) => callChecked("/api/domains", { reply: domainListSchema, signal }),
});
