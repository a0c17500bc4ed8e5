/** Hosts, fixed addresses, and moving spaces among hosts. */
export const placementErrorsIt = {
  "error.placement.host_exists": "Un altro server ha questo nome. Scegline un altro.",
  "error.placement.host_in_use": "Il server contiene più di così. Sposta o riduci prima gli spazi.",
  "error.placement.host_not_found": "Questo server non c’è più. Aggiorna la pagina.",
  "error.placement.site_unknown": "Questa sede non c’è. Controlla il nome.",
  "error.placement.space_not_placed": "Questo spazio non ha posto su alcun server, o non c’è più. Aggiorna la pagina.",
  "error.placement.same_host": "Lo spazio è già su questo server. Scegline un altro.",
  "error.placement.other_site":
    "Questo server è in un’altra sede, e dove stanno i dati l’ha scelto il cliente. Scegli un server della stessa sede.",
  "error.placement.host_closed": "Questo server non riceve altro. Prima riattivalo, o scegline un altro.",
  "error.placement.host_full":
    "Su questo server non c’è posto per lo spazio. Scegline un altro, o aggiungi un server alla sede.",
  "error.placement.not_draining": "Si libera solo un server in svuotamento. Prima premi «Svuota».",
  "error.placement.already_emptying": "Gli spazi di questo server si stanno già spostando. Aspetta che finisca.",
  "error.placement.address": "Una riga non è un indirizzo IP. Controllale.",
  "error.placement.no_capacity": "Il server di questo spazio non ha altro posto. Scrivi all’assistenza.",
} as const;
