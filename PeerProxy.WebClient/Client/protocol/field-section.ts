import { ErrorCode, ProtocolError } from "./errors.js";
import { staticTable } from "./static-table.js";

/** One field line: lower-case name (pseudo-fields with a colon in front), value as Latin-1 characters. */
export type Field = readonly [name: string, value: string];

/*
 Heads and trailers: field sections of QPACK (RFC 9204 section 4.5) that use the static table only. The prefix is two zero bytes,
 strings are never Huffman-coded, order and repetition are kept.

   1 1 | index (6+)                                    indexed field line, static
   0 1 N 1 | index (4+) | 0 | length (7+) | value      literal with static name
   0 0 1 N 0 | length (3+) | name | 0 | length (7+) | value

 A line that is in the table is indexed, else a name that is in the table is referred to by its lowest index, else it is literal: one
 encoding per section, so that vectors can compare bytes.
*/

/** What a field costs beyond its octets when its size is measured (RFC 9114 section 4.2.2). */
const fieldOverheadBytes = 32;

const maxNameBytes = 256;
const namePattern = /^:?[!#$%&'*+\-.^_`|~0-9a-z]+$/;
const valuePattern = /^[\x01-\x09\x0b\x0c\x0e-\xff]*$/;

const indexByLine = new Map<string, number>();
const indexByName = new Map<string, number>();
staticTable.forEach(([name, value], index) => {
  indexByLine.set(`${name}\0${value}`, index);
  if (!indexByName.has(name)) {
    indexByName.set(name, index);
  }
});

/** True for what may be in a section. */
export function isValidField([name, value]: Field): boolean {
  return name.length <= maxNameBytes && namePattern.test(name) && valuePattern.test(value);
}

/** @throws {RangeError} for a field that is not valid: callers filter what they do not make themselves. */
export function encodeFieldSection(fields: readonly Field[]): Uint8Array<ArrayBuffer> {
  const bytes: number[] = [0, 0];
  for (const field of fields) {
    if (!isValidField(field)) {
      throw new RangeError(`The field '${field[0]}' has an invalid name or value.`);
    }

    const [name, value] = field;
    const line = indexByLine.get(`${name}\0${value}`);
    if (line !== undefined) {
      pushInteger(bytes, 0xc0, 6, line);
      continue;
    }

    const known = indexByName.get(name);
    if (known !== undefined) {
      pushInteger(bytes, 0x50, 4, known);
    } else {
      pushString(bytes, 0x20, 3, name);
    }

    pushString(bytes, 0, 7, value);
  }

  return Uint8Array.from(bytes);
}

/**
 * Decodes a whole section.
 * @param maxBytes limit of the section as it came, and of its size as measured in RFC 9114 section 4.2.2.
 * @throws {ProtocolError} PROTOCOL or TOO_LARGE.
 */
export function decodeFieldSection(section: Uint8Array, maxBytes: number): Field[] {
  if (section.byteLength > maxBytes) {
    throw new ProtocolError(ErrorCode.TooLarge, `a head of ${section.byteLength} bytes`);
  }

  const reader = new SectionReader(section);
  if (reader.byte() !== 0 || reader.byte() !== 0) {
    throw malformed();
  }

  const fields: Field[] = [];
  let size = 0;
  while (!reader.atEnd) {
    const field = readLine(reader);
    size += field[0].length + field[1].length + fieldOverheadBytes;
    if (size > maxBytes) {
      throw new ProtocolError(ErrorCode.TooLarge, `a head above ${maxBytes} bytes`);
    }

    fields.push(field);
  }

  return fields;
}

function readLine(reader: SectionReader): Field {
  const first = reader.peek();
  if ((first & 0xc0) === 0xc0) {
    return entry(reader.integer(6));
  }

  let name: string;
  if ((first & 0xd0) === 0x50) {
    name = entry(reader.integer(4))[0];
  } else if ((first & 0xe8) === 0x20) {
    name = reader.text(3);
    if (name.length > maxNameBytes || !namePattern.test(name)) {
      throw malformed();
    }
  } else {
    // Dynamic and post-base forms, and a Huffman-coded name.
    throw malformed();
  }

  if ((reader.peek() & 0x80) !== 0) {
    throw malformed();
  }

  const value = reader.text(7);
  if (!valuePattern.test(value)) {
    throw malformed();
  }

  return [name, value];
}

function entry(index: number): Field {
  const found = staticTable[index];
  if (found === undefined) {
    throw malformed();
  }

  return found;
}

function malformed(): ProtocolError {
  return new ProtocolError(ErrorCode.Protocol, "a malformed field section");
}

class SectionReader {
  readonly #bytes: Uint8Array;
  #offset = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get atEnd(): boolean {
    return this.#offset >= this.#bytes.byteLength;
  }

  peek(): number {
    const value = this.#bytes[this.#offset];
    if (value === undefined) {
      throw malformed();
    }

    return value;
  }

  byte(): number {
    const value = this.peek();
    this.#offset++;
    return value;
  }

  /** Prefixed integer (RFC 7541 section 5.1) of at most four continuation bytes: nothing in a head is larger. */
  integer(prefixBits: number): number {
    const mask = (1 << prefixBits) - 1;
    let value = this.byte() & mask;
    if (value < mask) {
      return value;
    }

    for (let shift = 0; shift <= 21; shift += 7) {
      const next = this.byte();
      value += (next & 0x7f) << shift;
      if ((next & 0x80) === 0) {
        return value;
      }
    }

    throw malformed();
  }

  text(prefixBits: number): string {
    const length = this.integer(prefixBits);
    const end = this.#offset + length;
    if (end > this.#bytes.byteLength) {
      throw malformed();
    }

    let text = "";
    for (; this.#offset < end; this.#offset++) {
      text += String.fromCharCode(this.#bytes[this.#offset]!);
    }

    return text;
  }
}

function pushInteger(bytes: number[], form: number, prefixBits: number, value: number): void {
  const mask = (1 << prefixBits) - 1;
  if (value < mask) {
    bytes.push(form | value);
    return;
  }

  bytes.push(form | mask);
  let rest = value - mask;
  for (; rest >= 0x80; rest >>= 7) {
    bytes.push((rest & 0x7f) | 0x80);
  }

  bytes.push(rest);
}

function pushString(bytes: number[], form: number, prefixBits: number, text: string): void {
  pushInteger(bytes, form, prefixBits, text.length);
  for (let index = 0; index < text.length; index++) {
    bytes.push(text.charCodeAt(index));
  }
}
