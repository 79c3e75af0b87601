/** What the header of an ELF file tells. */
export type ElfHeader = {
	/** GOARCH name. */
	readonly architecture: string;
	/** It names a program interpreter, so it needs the system's loader and libraries. */
	readonly isDynamic: boolean;
};

// e_machine (ELF specification; linux/elf-em.h) with word size and byte order, as containernetworking/plugins publishes them.
const architectures: Readonly<Record<string, string>> = {
	'62/64/little': 'amd64',
	'183/64/little': 'arm64',
	'40/32/little': 'arm',
	'3/32/little': '386',
	'22/64/big': 's390x',
	'21/64/little': 'ppc64le',
	'243/64/little': 'riscv64',
	'8/64/little': 'mips64le',
	'258/64/little': 'loong64',
};
const programInterpreter = 3;
const longestTable = 128;

/** Reads an ELF header; undefined where the file is none, is cut off, or is for a machine that has no name here. */
export function elfHeader(content: Uint8Array): ElfHeader | undefined {
	if (content.length < 64 || content[0] !== 0x7f || content[1] !== 0x45 || content[2] !== 0x4c || content[3] !== 0x46) return undefined;
	const is64 = content[4] === 2;
	const isLittle = content[5] === 1;
	const view = new DataView(content.buffer, content.byteOffset, content.byteLength);
	const architecture = architectures[`${view.getUint16(18, isLittle)}/${is64 ? 64 : 32}/${isLittle ? 'little' : 'big'}`];
	if (architecture === undefined) return undefined;
	const tableAt = is64 ? Number(view.getBigUint64(32, isLittle)) : view.getUint32(28, isLittle);
	const size = view.getUint16(is64 ? 54 : 42, isLittle);
	const count = view.getUint16(is64 ? 56 : 44, isLittle);
	if (count > longestTable || tableAt + size * count > content.length) return undefined;
	const isDynamic = Array.from({length: count}, (_, index) => view.getUint32(tableAt + index * size, isLittle)).includes(
		programInterpreter,
	);
	return {architecture, isDynamic};
}
