import { readIssued } from "@casaforte/modules/certificates";
import { openDb } from "@casaforte/platform/db";
import { openLogger } from "@casaforte/platform/telemetry";
import { openExistingStores } from "../doctor/examine.ts";
import { tlsaLine } from "../doctor/mail-dane.ts";
import { shownMailCertificate } from "../shown-mail-certificate.ts";
import { openInstallation } from "./open-installation.ts";

/** The record to publish for the certificate that mail servers are shown now, or a sentence that there is none. */
export async function mailTlsa(file: string): Promise<string> {
  const { config, urls } = await openInstallation({ config: file });
  const logger = openLogger({ level: "error" });
  const db = openDb({ ...urls, logger, appConnectionsMax: 1, operatorConnectionsMax: 1 });
  try {
    const secretKey = (await openExistingStores(config)).secret("certificates");
    const shown = await shownMailCertificate(config, () => readIssued({ db, logger, secretKey }, new Map()), logger);
    return shown === null ? "The mail servers have no certificate yet." : tlsaLine(shown);
  } finally {
    await db.close();
  }
}
