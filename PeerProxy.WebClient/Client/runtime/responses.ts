/** The field by which the service worker names a response to the runtime. Pages do not see it. */
const responseField = "pp-response";

/** The worker's name for a response, once its fields have been looked at. */
let idOfResponse: (response: Response) => string | null = () => null;

/** Responses as they would be without a service worker: of type "basic", without our field. */
function installResponses(): void {
  const headersOf = Object.getOwnPropertyDescriptor(Response.prototype, "headers")!.get! as (this: Response) => Headers;
  const typeOf = Object.getOwnPropertyDescriptor(Response.prototype, "type")!.get! as (this: Response) => ResponseType;
  const shown = new WeakMap<Response, Headers>();
  idOfResponse = response => headersOf.call(response).get(responseField);

  replaceProperty(Response.prototype, "headers", {
    get(this: Response): Headers {
      const headers = headersOf.call(this);
      if (!headers.has(responseField)) {
        return headers;
      }

      let copy = shown.get(this);
      if (copy === undefined) {
        copy = new Headers(headers);
        copy.delete(responseField);
        shown.set(this, copy);
      }

      return copy;
    },
  });
  replaceProperty(Response.prototype, "type", {
    get(this: Response): ResponseType {
      const type = typeOf.call(this);
      // A response a script has made has no address.
      return type === "default" && this.url !== "" ? "basic" : type;
    },
  });
  const getAll = XMLHttpRequest.prototype.getAllResponseHeaders;
  replaceProperty(XMLHttpRequest.prototype, "getAllResponseHeaders", {
    value(this: XMLHttpRequest): string {
      return getAll.call(this).split("\r\n").filter(line => !line.startsWith(`${responseField}:`)).join("\r\n");
    },
    writable: true,
  });
}
