/** How far into a document its head may begin; a document that has not come to it by then gets the script there. */
const maxPrefixBytes = 64 * 1024;

const encoder = new TextEncoder();

/** Puts `tag` first into the head of an HTML document as it streams by. */
export function injectFirstInHead(tag: string): TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>> {
  const inserted = encoder.encode(tag);
  let prefix: Uint8Array<ArrayBuffer> | undefined = new Uint8Array(0);
  return new TransformStream({
    transform: (chunk, controller) => {
      if (prefix === undefined) {
        controller.enqueue(chunk);
        return;
      }

      const seen = concat(prefix, chunk);
      const offset = insertionPoint(seen);
      if (offset === undefined && seen.byteLength < maxPrefixBytes) {
        prefix = seen;
        return;
      }

      prefix = undefined;
      emit(seen, offset ?? 0, controller);
    },
    flush: controller => {
      if (prefix !== undefined && prefix.byteLength > 0) {
        emit(prefix, insertionPoint(prefix, true) ?? 0, controller);
      }
    },
  });

  function emit(bytes: Uint8Array<ArrayBuffer>, offset: number, controller: TransformStreamDefaultController<Uint8Array<ArrayBuffer>>): void {
    // UTF-16 text would take the bytes of the tag for other characters.
    const isUtf16 = (bytes[0] === 0xfe && bytes[1] === 0xff) || (bytes[0] === 0xff && bytes[1] === 0xfe);
    controller.enqueue(isUtf16 ? bytes : concat(concat(bytes.subarray(0, offset), inserted), bytes.subarray(offset)));
  }
}

/**
 * Where the script goes: behind byte order mark, white space, comments, doctype, `<html>` and `<head>`, before anything else. Undefined when more bytes
 * are needed to know.
 */
export function insertionPoint(bytes: Uint8Array, isEnd = false): number | undefined {
  let text = "";
  for (let index = 0; index < bytes.byteLength; index++) {
    text += String.fromCharCode(bytes[index]!);
  }

  const bom = text.startsWith("\xef\xbb\xbf") ? 3 : 0;
  let offset = bom;
  let safe = bom;
  for (;;) {
    offset += /^[\t\n\f\r ]*/.exec(text.slice(offset))![0].length;
    const rest = text.slice(offset, offset + 16).toLowerCase();
    if (rest.startsWith("<!--")) {
      const end = text.indexOf("-->", offset + 4);
      if (end < 0) {
        return isEnd ? safe : undefined;
      }

      offset = end + 3;
      safe = offset;
    } else if (/^<!doctype/.test(rest) || /^<(html|head)[\t\n\f\r />]/.test(rest)) {
      const end = tagEnd(text, offset);
      if (end === undefined) {
        return isEnd ? safe : undefined;
      }

      const isHead = rest.startsWith("<head");
      offset = end;
      safe = offset;
      if (isHead) {
        return offset;
      }
    } else if (!isEnd && couldBecome(rest)) {
      return undefined;
    } else {
      return safe;
    }
  }
}

const openings = ["<!--", "<!doctype", "<html", "<head"];

/** True for the beginning of one of the openings that needs more characters to be told. */
function couldBecome(rest: string): boolean {
  return openings.some(opening => (rest.length <= opening.length ? opening.startsWith(rest) : false));
}

/** The offset after the `>` of the tag that begins at `offset`; quotes may hold others. */
function tagEnd(text: string, offset: number): number | undefined {
  let quote: string | undefined;
  for (let index = offset + 1; index < text.length; index++) {
    const character = text[index]!;
    if (quote !== undefined) {
      quote = character === quote ? undefined : quote;
    } else if ((character === '"' || character === "'") && text[index - 1] === "=") {
      quote = character;
    } else if (character === ">") {
      return index + 1;
    }
  }

  return undefined;
}

function concat(first: Uint8Array, second: Uint8Array): Uint8Array<ArrayBuffer> {
  const joined = new Uint8Array(first.byteLength + second.byteLength);
  joined.set(first);
  joined.set(second, first.byteLength);
  return joined;
}
