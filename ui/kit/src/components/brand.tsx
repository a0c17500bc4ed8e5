/** The mark and the name of the house. */
export function Brand({ product }: { readonly product?: string }) {
  return (
    <span className="cf-brand">
      <svg
        width="24"
        height="24"
        viewBox="0 0 24 24"
        fill="none"
        stroke="currentColor"
        strokeWidth="2"
        aria-hidden="true"
      >
        <path d="M3 21V9l2-2V4h3v2h2.5V4h3v2H16V4h3v3l2 2v12z" strokeLinejoin="round" />
        <path d="M9.5 21v-5a2.5 2.5 0 0 1 5 0v5" />
      </svg>
      <span>Casaforte{product === undefined ? null : <span className="cf-brand-product"> {product}</span>}</span>
    </span>
  );
}
