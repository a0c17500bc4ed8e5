import { servicesReplySchema } from "@casaforte/contract/orders";
import { callChecked } from "@casaforte/ui-kit/console";
import { queryOptions } from "@tanstack/react-query";

/** What runs; apart from the other queries about money, for the first page reads it too. */
export const servicesQuery = queryOptions({
  queryKey: ["services"],
  queryFn: ({ signal }) => callChecked("/api/services", { reply: servicesReplySchema, signal }),
});
