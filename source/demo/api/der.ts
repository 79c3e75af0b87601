/** The few forms of ASN.1 DER (X.690) that a certificate needs: each function gives one complete element. */

function element(tag: number, ...parts: readonly Uint8Array[]): Buffer {
	const content = Buffer.concat(parts);
	return Buffer.concat([Buffer.from([tag]), length(content.length), content]);
}

function length(bytes: number): Buffer {
	if (bytes < 0x80) return Buffer.from([bytes]);
	return bytes < 0x1_00 ? Buffer.from([0x81, bytes]) : Buffer.from([0x82, bytes >> 8, bytes & 0xff]);
}

/** DER SEQUENCE. */
export const sequence = (...parts: readonly Uint8Array[]): Buffer => element(0x30, ...parts);
/** DER SET. */
export const set = (...parts: readonly Uint8Array[]): Buffer => element(0x31, ...parts);
/** DER BOOLEAN. */
export const truth = (value: boolean): Buffer => element(0x01, Buffer.from([value ? 0xff : 0]));
/** Big-endian two's complement; the caller gives a first byte below 0x80 for a positive number. */
export const integer = (bytes: Uint8Array): Buffer => element(0x02, bytes);
/** DER OCTET STRING. */
export const octetString = (bytes: Uint8Array): Buffer => element(0x04, bytes);
/** DER BIT STRING. */
export const bitString = (bytes: Uint8Array, unusedBits = 0): Buffer => element(0x03, Buffer.from([unusedBits]), bytes);
/** DER UTF8String. */
export const utf8String = (text: string): Buffer => element(0x0c, Buffer.from(text));
/** `[tag] EXPLICIT`. */
export const explicit = (tag: number, content: Uint8Array): Buffer => element(0xa0 | tag, content);
/** `[tag] IMPLICIT` of a primitive. */
export const context = (tag: number, content: Uint8Array): Buffer => element(0x80 | tag, content);

/** UTCTime, which holds until 2049. */
export function time(date: Date): Buffer {
	return element(0x17, Buffer.from(`${date.toISOString().slice(2, 19).replaceAll(/[-T:]/gu, '')}Z`));
}

/** DER OBJECT IDENTIFIER of `1.2.840…`. */
export function objectIdentifier(dotted: string): Buffer {
	const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
	return element(0x06, Buffer.from([first * 40 + second, ...rest.flatMap(base128)]));
}

function base128(value: number): number[] {
	const bytes = [value & 0x7f];
	for (let left = value >> 7; left > 0; left >>= 7) bytes.unshift((left & 0x7f) | 0x80);
	return bytes;
}
