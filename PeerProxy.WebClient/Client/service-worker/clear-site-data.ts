import type { Field } from "../protocol/field-section.js";
import type { ServiceWorkerToShell } from "../protocol/messages.js";
import { clearedData } from "./http-cache/validation.js";

declare const self: ServiceWorkerGlobalScope;

/** How long a tab may take to clear what only windows can reach, in milliseconds: a hidden one answers late, and the response waits for it. */
const patienceMs = 1_000;

/** Whether a response wants the site's storage gone (Clear-Site-Data). Cookies are the agent's, and the HTTP cache sees to itself. */
export function clearsStorage(fields: readonly Field[]): boolean {
  const types = clearedData(fields);
  return types.has("storage") || types.has("*");
}

/** Clears what the site has stored, but nothing of ours. Its own service workers are ended by the caller. */
export async function clearStorage(): Promise<void> {
  await Promise.all([clearCaches(), clearDatabases(), clearWindows()]);
}

function isOurs(name: string | undefined): boolean {
  return name === undefined || name.startsWith("peerproxy");
}

async function clearCaches(): Promise<void> {
  const names = (await caches.keys()).filter(name => !isOurs(name));
  await Promise.all(names.map(name => caches.delete(name)));
}

async function clearDatabases(): Promise<void> {
  const databases = (await indexedDB.databases()).filter(({ name }) => !isOurs(name));
  await Promise.all(databases.map(({ name }) => new Promise<void>(resolve => {
    const request = indexedDB.deleteDatabase(name!);
    // A page that still has it open keeps it until it closes it; then it goes.
    request.onsuccess = request.onerror = request.onblocked = () => resolve();
  })));
}

async function clearWindows(): Promise<void> {
  const windows = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
  const shells = windows.filter(client => client.frameType === "top-level" || client.frameType === "auxiliary");
  await Promise.all(shells.map(shell => new Promise<void>(resolve => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => resolve();
    setTimeout(resolve, patienceMs);
    shell.postMessage({ type: "clear-storage" } satisfies ServiceWorkerToShell, [port2]);
  })));
}
