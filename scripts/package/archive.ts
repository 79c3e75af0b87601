// Archives whose bytes follow from what is in them alone: times, owners and order are fixed.
import {Buffer} from 'node:buffer';
import {buffer} from 'node:stream/consumers';
import {crc32, deflateRawSync, gzipSync} from 'node:zlib';
import tar from 'tar-stream';

export type Entry = {readonly name: string; readonly content: Buffer; readonly mode: number};

/** A gzipped tar of plain files. */
export async function tarGz(entries: readonly Entry[]): Promise<Buffer> {
	const archive = tar.pack();
	for (const {name, content, mode} of entries) archive.entry({name, mode, mtime: new Date(0), uid: 0, gid: 0}, content);
	archive.finalize();
	return gzipSync(await buffer(archive), {level: 6});
}

/** The first moment that a ZIP file can tell: 1980-01-01 00:00. */
const zipDate = 0x00_21;

/** A ZIP archive of plain files, none of 4 GiB (PKWARE's APPNOTE 6.3, sections 4.3.7, 4.3.12 and 4.3.16). */
export function zip(entries: readonly Entry[]): Buffer {
	const files: Buffer[] = [];
	const directory: Buffer[] = [];
	let offset = 0;
	for (const {name, content, mode} of entries) {
		const packed = deflateRawSync(content, {level: 6});
		// Version needed, flags, method (deflate), time, date, checksum, both sizes, length of the name, of the extra field.
		const common = Buffer.alloc(26);
		common.writeUInt16LE(20, 0);
		common.writeUInt16LE(8, 4);
		common.writeUInt16LE(zipDate, 8);
		common.writeUInt32LE(crc32(content), 10);
		common.writeUInt32LE(packed.length, 14);
		common.writeUInt32LE(content.length, 18);
		common.writeUInt16LE(Buffer.byteLength(name), 22);

		files.push(Buffer.from('PK\u0003\u0004'), common, Buffer.from(name), packed);
		// Made on Unix by version 2.0, so that the mode counts.
		const madeBy = Buffer.from([20, 3]);
		const rest = Buffer.alloc(14);
		rest.writeUInt32LE((0o100_000 | mode) * 0x1_00_00, 6);
		rest.writeUInt32LE(offset, 10);
		directory.push(Buffer.from('PK\u0001\u0002'), madeBy, common, rest, Buffer.from(name));
		offset += 4 + common.length + Buffer.byteLength(name) + packed.length;
	}

	const listed = Buffer.concat(directory);
	const end = Buffer.alloc(18);
	end.writeUInt16LE(entries.length, 4);
	end.writeUInt16LE(entries.length, 6);
	end.writeUInt32LE(listed.length, 8);
	end.writeUInt32LE(offset, 12);
	return Buffer.concat([...files, listed, Buffer.from('PK\u0005\u0006'), end]);
}
