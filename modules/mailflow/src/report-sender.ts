import type { MailflowServices } from "./services.ts";

type Named = Pick<MailflowServices, "providerDomain">;

/**
 * Who sends our reports about others' domains. Nobody reads what comes back: it is no address, and no delivery report is
 * asked for (NOTIFY=NEVER), so that nothing can go round in circles.
 */
export const reportSender = ({ providerDomain }: Named, kind: "dmarc" | "tls"): string =>
  `noreply-${kind}-reports@${providerDomain}`;

export const isTlsReportSender = (services: Named, sender: string): boolean => sender === reportSender(services, "tls");

export const isReportSender = (services: Named, sender: string): boolean =>
  isTlsReportSender(services, sender) || sender === reportSender(services, "dmarc");
