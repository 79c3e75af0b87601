import {chmod, writeFile} from 'node:fs/promises';

/** What a reference CNI plugin answers to VERSION. */
const answer = '{"cniVersion":"1.0.0","supportedVersions":["0.1.0","0.2.0","0.3.0","0.3.1","0.4.0","1.0.0"]}\n';
/** By this a repair knows portmap from other plugins (repair/sources/inspect.ts). */
const mark = Buffer.from('CNI-HOSTPORT-DNAT');
const loadAddress = 0x400000n;
const headerSize = 64;
const segmentSize = 56;

/** Whether this machine can run what the demo's amd64 nodes run. */
export const canRunPortmap = process.platform === 'linux' && process.arch === 'x64';

/**
 * Writes a stand-in for the portmap binary that a repair of the demo cluster can put on its nodes. A script would not do: a
 * repair takes nothing but a program for Linux. So this is one, the smallest: it writes its answer and ends.
 */
export async function writePortmapProgram(file: string): Promise<void> {
	await writeFile(file, portmapProgram());
	await chmod(file, 0o755);
}

/** An ELF file for x86-64 (System V ABI, gABI 4.1 chapters 4 and 5; numbers of calls: arch/x86/entry/syscalls/syscall_64.tbl). */
function portmapProgram(): Uint8Array {
	const text = Buffer.from(answer);
	// write(1, answer, length); exit(0). The answer lies right behind the code, 16 bytes after the lea.
	const code = Buffer.from('b801000000bf01000000488d3510000000ba000000000f05b83c00000031ff0f05', 'hex');
	code.writeUInt32LE(text.length, 18);
	const headers = Buffer.alloc(headerSize + segmentSize);
	const size = BigInt(headers.length + code.length + text.length + mark.length);
	// Magic, 64 bits, little-endian, version 1; an executable (2) for x86-64 (62).
	headers.write('7f454c46020101', 'hex');
	headers.writeUInt16LE(2, 16);
	headers.writeUInt16LE(62, 18);
	headers.writeUInt32LE(1, 20);
	headers.writeBigUInt64LE(loadAddress + BigInt(headers.length), 24);
	headers.writeBigUInt64LE(BigInt(headerSize), 32);
	headers.writeUInt16LE(headerSize, 52);
	headers.writeUInt16LE(segmentSize, 54);
	headers.writeUInt16LE(1, 56);
	// One segment to load (1), to be read and run (5): the whole file.
	headers.writeUInt32LE(1, headerSize);
	headers.writeUInt32LE(5, headerSize + 4);
	headers.writeBigUInt64LE(loadAddress, headerSize + 16);
	headers.writeBigUInt64LE(loadAddress, headerSize + 24);
	headers.writeBigUInt64LE(size, headerSize + 32);
	headers.writeBigUInt64LE(size, headerSize + 40);
	headers.writeBigUInt64LE(0x1000n, headerSize + 48);
	return Buffer.concat([headers, code, text, mark]);
}
