import { isValidField, type Field } from "../protocol/field-section.js";

/** RFC 9218 urgency by what asks: navigations first, then what blocks rendering, images and media last. */
const urgencyByDestination: Record<string, number> = {
  document: 0, iframe: 0, frame: 0, object: 1, embed: 1,
  style: 1, script: 1, font: 2, worker: 1, sharedworker: 1, xslt: 1,
  image: 5, audio: 4, video: 4, track: 4, manifest: 5,
};

const defaultUrgency = 3;

/** Made by the agent or by the tunnel itself. */
const leftOut = new Set(["host", "connection", "content-length", "transfer-encoding", "accept-encoding", "pp-streaming-body"]);

/** The header by which the runtime marks a fetch whose body is an endless stream. Never leaves the browser. */
export const streamingBodyHeader = "pp-streaming-body";

export function urgencyOf(request: Request): number {
  return request.mode === "navigate" ? 0 : urgencyByDestination[request.destination] ?? defaultUrgency;
}

/** The fields of a request head after the pseudo-fields (docs/protocol.md section 2). */
export function requestFields(request: Request, client: string | undefined, bodyBytes: number | undefined, mode = request.cache): Field[] {
  const fields: Field[] = [];
  request.headers.forEach((value, name) => {
    if (!leftOut.has(name) && !name.startsWith("pp-")) {
      fields.push([name, value]);
    }
  });

  const add = (name: string, value: string | undefined): void => {
    if (value !== undefined && value !== "" && !request.headers.has(name)) {
      fields.push([name, value]);
    }
  };
  add("user-agent", navigator.userAgent);
  add("accept-language", acceptLanguage(navigator.languages));
  for (const [name, value] of cacheFields(mode)) {
    add(name, value);
  }

  if (bodyBytes !== undefined) {
    fields.push(["content-length", String(bodyBytes)]);
  }

  fields.push(["pp-destination", request.destination === "" ? "empty" : request.destination], ["pp-mode", request.mode], ["pp-credentials", request.credentials]);
  add("pp-referrer", request.referrer === "about:client" ? "" : request.referrer);
  add("pp-client", client);
  add("priority", `u=${urgencyOf(request)}`);
  return fields.filter(isValidField);
}

/** What the browser itself would send for these cache modes (Fetch, HTTP-network-or-cache fetch). */
function cacheFields(mode: RequestCache): Field[] {
  switch (mode) {
    case "no-cache":
      return [["cache-control", "max-age=0"]];
    case "no-store":
    case "reload":
      return [["pragma", "no-cache"], ["cache-control", "no-cache"]];
    default:
      return [];
  }
}

function acceptLanguage(languages: readonly string[]): string {
  return languages.map((language, index) => (index === 0 ? language : `${language};q=${Math.max(0.1, 1 - index / 10).toFixed(1)}`)).join(",");
}
