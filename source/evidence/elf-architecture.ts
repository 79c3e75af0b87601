// e_machine of the ELF specification (also linux/elf-em.h) to GOARCH, where the name does not depend on more.
const machines: ReadonlyMap<number, string> = new Map([
	[3, '386'],
	[22, 's390x'],
	[40, 'arm'],
	[62, 'amd64'],
	[183, 'arm64'],
	[243, 'riscv64'],
	[258, 'loong64'],
]);
const mips = 8;
const powerPc64 = 21;

/**
 * What a program file is for, by its first 20 bytes as `od -t x1` prints them: a GOARCH name, `script` for `#!`, `none` for
 * what is no program (the kernel refuses it: exec format error), empty where it is not told.
 */
export function architectureOf(hex: string): string {
	const bytes = hex
		.trim()
		.split(/\s+/u)
		.map(byte => (/^[\da-f]{2}$/iu.test(byte) ? Number.parseInt(byte, 16) : Number.NaN));
	const [first, second, third, fourth, bits, order] = bytes;
	if (bytes.some(byte => Number.isNaN(byte))) return '';
	if (first === 0x23 && second === 0x21) return 'script';
	if (first !== 0x7f || second !== 0x45 || third !== 0x4c || fourth !== 0x46 || bytes.length < 20) return 'none';
	const isLittle = order === 1;
	const [low = Number.NaN, high = Number.NaN] = isLittle ? bytes.slice(18, 20) : bytes.slice(18, 20).reverse();
	const machine = high * 256 + low;
	if (machine === powerPc64) return isLittle ? 'ppc64le' : 'ppc64';
	if (machine === mips) return `mips${bits === 2 ? '64' : ''}${isLittle ? 'le' : ''}`;
	return machines.get(machine) ?? '';
}
