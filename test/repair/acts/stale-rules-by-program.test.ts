import {expect, test} from 'vitest';
import type {NodeAccess} from '../../../source/access/access.ts';
import {MissingProgram} from '../../../source/access/missing-program.ts';
import {clearRulesByProgram, deletionsOf} from '../../../source/repair/acts/stale-rules-by-program.ts';

const table = `*filter
:INPUT ACCEPT [0:0]
COMMIT
*nat
:CNI-DN-aaaa - [0:0]
:CNI-DN-bbbb - [0:0]
:CNI-HOSTPORT-DNAT - [0:0]
-A PREROUTING -m addrtype --dst-type LOCAL -j CNI-HOSTPORT-DNAT
-A CNI-DN-aaaa -p tcp -m tcp --dport 8080 -j DNAT --to-destination 10.0.0.5:80
-A CNI-DN-bbbb -p tcp -m tcp --dport 8081 -j DNAT --to-destination 10.0.0.55:80
-A CNI-HOSTPORT-DNAT -p tcp -m comment --comment "dnat name: \\"portmap\\" id: \\"x y\\"" -m multiport --dports 8080 -j CNI-DN-aaaa
-A CNI-HOSTPORT-DNAT -p tcp -m comment --comment z -m multiport --dports 8081 -j CNI-DN-bbbb
COMMIT
`;

test('rules go by their own words, the jump before its chain, and those of pods that are there stay', async () => {
	const asked: Array<readonly string[]> = [];
	const run: NonNullable<NodeAccess['runProgram']> = async command => {
		const [program = ''] = command;
		if (program.startsWith('ip6') || program.includes('legacy')) throw new MissingProgram('no such program', '');
		asked.push(command);
		return Promise.resolve({stdout: program.endsWith('-save') ? table : '', stderr: '', exitCode: 0, truncated: false});
	};
	expect(await clearRulesByProgram(run, ['10.0.0.5', '10.0.0.9'], new AbortController().signal)).toBe(1);
	const nat = ['iptables-nft', '-w', '5', '-t', 'nat'];
	expect(asked).toEqual([
		['iptables-nft-save'],
		[
			...nat,
			...'-D CNI-HOSTPORT-DNAT -p tcp -m comment --comment'.split(' '),
			'dnat name: "portmap" id: "x y"',
			...'-m multiport --dports 8080 -j CNI-DN-aaaa'.split(' '),
		],
		[...nat, '-F', 'CNI-DN-aaaa'],
		[...nat, '-X', 'CNI-DN-aaaa'],
	]);
});

test('an address of IPv6 is known without its brackets', () => {
	const rule = '-A CNI-DN-six -p tcp -m tcp --dport 8080 -j DNAT --to-destination [fd00::5]:80';
	expect(deletionsOf([rule], new Set(['fd00::5']))).toEqual([
		['-F', 'CNI-DN-six'],
		['-X', 'CNI-DN-six'],
	]);
	expect(deletionsOf([rule], new Set(['fd00::55']))).toEqual([]);
});

test('a rule that is not taken is named', async () => {
	const run: NonNullable<NodeAccess['runProgram']> = async ([program = '']) =>
		Promise.resolve({
			stdout: program.endsWith('-save') ? table : '',
			stderr: 'Bad rule',
			exitCode: program.endsWith('-save') ? 0 : 1,
			truncated: false,
		});
	await expect(clearRulesByProgram(run, ['10.0.0.5'], new AbortController().signal)).rejects.toThrow(
		'iptables-nft -D CNI-HOSTPORT-DNAT: Bad rule',
	);
});
