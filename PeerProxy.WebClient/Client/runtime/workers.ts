/** Workers whose script the service worker never sees, because it is a blob of this page: they get the runtime by a first line. */
function installWorkers(): void {
  const blobs = new Map<string, Blob>();
  const { createObjectURL, revokeObjectURL } = URL;
  replaceProperty(URL, "createObjectURL", {
    value(object: Blob | MediaSource): string {
      const url = createObjectURL.call(URL, object);
      if (object instanceof Blob && isScript(object)) {
        blobs.set(url, object);
      }

      return url;
    },
    writable: true,
  });
  replaceProperty(URL, "revokeObjectURL", {
    value(url: string): void {
      blobs.delete(url);
      revokeObjectURL.call(URL, url);
    },
    writable: true,
  });
  for (const name of ["Worker", "SharedWorker"] as const) {
    const Native = window[name] as typeof Worker | undefined;
    if (Native === undefined) {
      continue;
    }

    const wrapped: typeof Worker = new Proxy(Native, {
      construct(target, [url, options]: [string | URL, WorkerOptions | string | undefined], newTarget) {
        const address = withRuntime(String(url), typeof options === "object" && options.type === "module");
        const actual = newTarget === wrapped ? target : newTarget;
        return (options === undefined ? Reflect.construct(target, [address], actual) : Reflect.construct(target, [address, options], actual)) as object;
      },
    });
    replaceProperty(window, name, { value: wrapped, writable: true });
  }

  /** A type that scripts have, or none: pages often give none. */
  function isScript(blob: Blob): boolean {
    return blob.type === "" || /javascript|ecmascript/i.test(blob.type);
  }

  function withRuntime(url: string, isModule: boolean): string {
    const blob = blobs.get(url);
    if (blob === undefined) {
      const parsed = URL.canParse(url, baseUrl()) ? new URL(url, baseUrl()) : undefined;
      return parsed === undefined ? url : String(withoutTarget(parsed) === parsed ? url : withoutTarget(parsed));
    }

    const runtime = `${window.origin}${ownPath}runtime/worker.js`;
    // A module's import that its policy forbids would end the worker; a classic script can go on without us.
    // Firefox would ask the network for what a module from a blob imports.
    const canImport = ownNonce === "" && "userAgentData" in navigator;
    const line = !isModule ? `try { importScripts("${runtime}"); } catch (error) { console.warn(error); } ` : canImport ? `import "${runtime}"; ` : "";
    const address = createObjectURL.call(URL, new Blob([line, blob], { type: blob.type === "" ? "text/javascript" : blob.type }));
    setTimeout(() => revokeObjectURL.call(URL, address), 60_000);
    return address;
  }
}
