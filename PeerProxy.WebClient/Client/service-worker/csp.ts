/** What the site's policies need to admit our script, and no more. */
export interface AdmittedPolicies {
  /** The policies as they go to the browser, in the order they came. */
  readonly policies: readonly string[];
  /** A nonce that our tag must carry, if some policy only admits nonces. */
  readonly nonce: string | undefined;
}

/**
 * Extends each Content-Security-Policy so that scripts under `scriptFolder` (a URL that ends with a slash) may run, and opens `frame-ancestors` to our own shell.
 * It must hold the service worker's script too: Firefox takes a response that a worker made for one from the worker's own URL.
 * A policy may be a list of policies separated by commas (CSP 3 section 2.2.2); all of them must admit the script.
 */
export function admitScript(headers: readonly string[], scriptFolder: string, freshNonce: () => string): AdmittedPolicies {
  const serialized = headers.flatMap(header => header.split(",")).map(policy => policy.trim()).filter(policy => policy !== "");
  const parsed = serialized.map(parse);
  const needsNonce = parsed.some(policy => onlyNonce(effectiveSources(policy) ?? []));
  const nonce = needsNonce ? parsed.map(existingNonce).find(value => value !== undefined) ?? freshNonce() : undefined;
  return { policies: parsed.map(policy => serialize(extend(policy, scriptFolder, nonce))), nonce };
}

/** Whether a page under these policies may open WebSockets to its own site (CSP 3, connect-src). `hosts` are the names of that site. */
export function admitsSockets(headers: readonly string[], hosts: readonly string[]): boolean {
  return headers.flatMap(header => header.split(",")).map(parse).every(policy => {
    const directive = policy.find(([name]) => name === "connect-src") ?? policy.find(([name]) => name === "default-src");
    return directive === undefined || directive.slice(1).some(source => {
      const word = source.toLowerCase();
      return ["'self'", "*", "ws:", "wss:"].includes(word) || hosts.includes(word.replace(/^wss?:\/\//, "").replace(/\/.*$/, ""));
    });
  });
}

type Directive = readonly [name: string, ...sources: string[]];

function parse(policy: string): Directive[] {
  const directives: Directive[] = [];
  for (const part of policy.split(";")) {
    const [name, ...sources] = part.trim().split(/\s+/);
    // The first of a repeated directive counts.
    if (name !== undefined && name !== "" && !directives.some(([known]) => known === name.toLowerCase())) {
      directives.push([name.toLowerCase(), ...sources]);
    }
  }

  return directives;
}

function serialize(directives: readonly Directive[]): string {
  return directives.map(directive => directive.join(" ")).join("; ");
}

const scriptDirectives = ["script-src-elem", "script-src", "default-src"];

function effectiveName(policy: readonly Directive[]): string | undefined {
  return scriptDirectives.find(name => policy.some(([known]) => known === name));
}

function effectiveSources(policy: readonly Directive[]): readonly string[] | undefined {
  const name = effectiveName(policy);
  return policy.find(([known]) => known === name)?.slice(1);
}

/** True where a URL would be ignored, or where a nonce is in use anyway. Adding one elsewhere would switch off 'unsafe-inline'. */
function onlyNonce(sources: readonly string[]): boolean {
  return sources.some(source => /^'(strict-dynamic'|nonce-)/i.test(source));
}

function existingNonce(policy: readonly Directive[]): string | undefined {
  for (const source of effectiveSources(policy) ?? []) {
    const match = /^'nonce-([A-Za-z0-9+/_=-]+)'$/i.exec(source);
    if (match !== null) {
      return match[1];
    }
  }

  return undefined;
}

function extend(policy: readonly Directive[], scriptFolder: string, nonce: string | undefined): Directive[] {
  const name = effectiveName(policy);
  const extended: Directive[] = [];
  for (const directive of policy) {
    if (directive[0] === "frame-ancestors") {
      extended.push(openToSelf(directive));
    } else if (directive[0] === name) {
      const script = withScript(directive, scriptFolder, nonce);
      // Styles, images and the rest keep default-src as it was; scripts get their own directive.
      extended.push(...(name === "default-src" ? [directive, ["script-src-elem", ...script.slice(1)] as Directive] : [script]));
    } else {
      extended.push(directive);
    }
  }

  return extended;
}

function withScript(directive: Directive, scriptFolder: string, nonce: string | undefined): Directive {
  const [name, ...sources] = directive;
  const kept = sources.filter(source => source.toLowerCase() !== "'none'");
  if (onlyNonce(sources)) {
    const source = `'nonce-${nonce}'`;
    return kept.includes(source) ? directive : [name, ...kept, source];
  }

  return kept.includes("'self'") || kept.includes("*") ? directive : [name, ...kept, scriptFolder];
}

/** The site's parent is our shell, on the same origin; the shell itself cannot be framed by anyone. */
function openToSelf(directive: Directive): Directive {
  const [name, ...sources] = directive;
  const kept = sources.filter(source => source.toLowerCase() !== "'none'");
  return kept.includes("'self'") || kept.includes("*") ? directive : [name, ...kept, "'self'"];
}
