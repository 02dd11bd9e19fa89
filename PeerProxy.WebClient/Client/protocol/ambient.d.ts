// The few platform types this folder needs. Its lib is ECMAScript only, so that nothing here can lean on a window or a worker;
// every global scope that imports it has these.

declare class TextEncoder {
  encode(text: string): Uint8Array<ArrayBuffer>;
}

declare class TextDecoder {
  constructor(label?: string, options?: { fatal?: boolean; ignoreBOM?: boolean });
  decode(bytes: Uint8Array): string;
}

interface MessagePort {}

interface Blob {}
