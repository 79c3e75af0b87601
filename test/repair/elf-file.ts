const machines = {amd64: 62, arm64: 183, arm: 40, riscv64: 243} as const;

/** The smallest ELF file that passes for portmap: a header, one program header and the name of its chain, padded to a size. */
export function elfFile(
	architecture: keyof typeof machines = 'amd64',
	{
		isDynamic = false,
		size = 256,
		plugin = 'portmap',
		marks = '',
	}: {isDynamic?: boolean; size?: number; plugin?: 'portmap' | 'bridge'; marks?: string} = {},
): Uint8Array {
	const is64 = architecture !== 'arm';
	const file = new Uint8Array(size);
	const view = new DataView(file.buffer);
	file.set([0x7f, 0x45, 0x4c, 0x46, is64 ? 2 : 1, 1, 1]);
	view.setUint16(18, machines[architecture], true);
	if (is64) view.setBigUint64(32, 64n, true);
	else view.setUint32(28, 64, true);
	view.setUint16(is64 ? 54 : 42, is64 ? 56 : 32, true);
	view.setUint16(is64 ? 56 : 44, 1, true);
	view.setUint32(64, isDynamic ? 3 : 1, true);
	file.set(new TextEncoder().encode(marks), 180);
	if (plugin === 'portmap') file.set(new TextEncoder().encode('CNI-HOSTPORT-DNAT'), 160);
	return file;
}
