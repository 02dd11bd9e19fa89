/** What a link says beyond the site's own URL. */
export interface Link {
  readonly peerId: string;
  /** Key hash of the agent from `#k=`, if the link has one. */
  readonly keyHash: string | undefined;
  /** Path, query and the site's own fragment. */
  readonly sitePath: string;
}

const keyHashPattern = /^[A-Za-z0-9_-]{43}$/;

/** Reads the address of the shell (docs/protocol.md section 7): `#k=HASH`, and behind `&` the site's own fragment. */
export function parseLink(location: { readonly hostname: string; readonly pathname: string; readonly search: string; readonly hash: string }): Link {
  const peerId = location.hostname.split(".")[0]!.toLowerCase();
  const fragment = location.hash.slice(1);
  const [first, ...rest] = fragment.startsWith("k=") ? fragment.slice(2).split("&") : [];
  const hasKey = first !== undefined && keyHashPattern.test(first);
  const siteFragment = hasKey ? rest.join("&") : fragment;
  return {
    peerId,
    keyHash: hasKey ? first : undefined,
    sitePath: location.pathname + location.search + (siteFragment === "" ? "" : `#${siteFragment}`),
  };
}
