/**
 * What one look costs a node: programs that the node script starts, and its processor time, on a folder that stands for a node with Cilium
 * 1.10.16 and twenty CNI plugins. The agent's own commands answer from files here, so what they cost on a node is not in the figures. Needs strace.
 */
import {spawnSync} from 'node:child_process';
import {mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import {recordsOf} from '../source/evidence/node-records.ts';
import {root} from './measure.ts';

const marker = '0123456789abcdef';
const node = mkdtempSync(path.join(os.tmpdir(), 'hostport-bench-node-'));
const at = (...names: string[]): string => path.join(node, ...names);
const recorded = recordsOf(readFileSync(path.join(root, 'test', 'evidence', 'recorded', 'agent-1.10.16-wired.txt'), 'utf8'), marker);
const told = (key: string, start = ''): string =>
	recorded.find(record => record.key === key && record.value.startsWith(start))?.value.slice(start.length) ?? '';
const program = (file: string, script: string): void => writeFileSync(file, `#!/bin/sh\n${script}\n`, {mode: 0o755});
const plugins =
	'bandwidth bridge cilium-cni dhcp dummy firewall host-device host-local ipvlan loopback macvlan ptp sbr static tap tuning vlan vrf'.split(
		' ',
	);

try {
	for (const name of ['net.d', 'bin', 'commands', 'answers']) mkdirSync(at(name));
	writeFileSync(at('net.d', '05-cilium.conflist'), told('content'));
	for (const name of plugins) writeFileSync(at('bin', name), Buffer.alloc(200_000, '\u007FELF'));
	program(at('bin', 'portmap'), `echo '${told('version').trim()}'`);
	for (const [name, text] of Object.entries({nat: told('nat', 'nft-4\n'), status: told('agent-status'), service: told('services')}))
		writeFileSync(at('answers', name), text);
	program(at('commands', 'iptables-nft-save'), `cat '${at('answers', 'nat')}'`);
	for (const name of ['ip6tables-nft-save', 'iptables-legacy-save', 'ip6tables-legacy-save'])
		program(at('commands', name), 'printf "*nat\\nCOMMIT\\n"');
	program(at('commands', 'cilium'), `[ ! -f '${at('answers')}'/"$1" ] || cat '${at('answers')}'/"$1"`);
	program(at('commands', 'bpftool'), 'echo xdp:; echo tc:');
	const parts = ['base', 'folders', 'rules', 'agent', 'network', 'runtime', 'main'].map(part => `evidence/node-script/${part}.sh`);
	const script = ['connect/connect.sh', ...parts].map(file => readFileSync(path.join(root, 'source', file), 'utf8')).join('\n');
	writeFileSync(at('script'), script);
	const words = [`marker=${marker}`, `conf=${at('net.d')}`, `bin=${at('bin')}`, 'agent=1', 'nat=1', 'proc=/proc', 'sys=/sys'];
	const environment = {PATH: `${at('commands')}:${process.env['PATH'] ?? ''}`};
	for (const [name, shell] of Object.entries({dash: ['dash'], bash: ['bash'], busybox: ['busybox', 'sh']})) {
		for (const more of [[], ['connect=127.0.0.1,22,80'], ['connect=127.0.0.1,22,80', 'root=/']]) {
			const command = [...shell, at('script'), ...words, ...more];
			const traced = spawnSync('strace', ['-f', '-qq', '-e', 'trace=execve,clone,clone3,fork,vfork', '-z', '-o', at('trace'), ...command], {
				env: environment,
			});
			if (traced.status !== 0) continue;
			const calls = readFileSync(at('trace'), 'utf8').split('\n');
			const started = calls
				.flatMap(call => /execve\("(?<file>[^"]+)"/u.exec(call)?.groups?.['file'] ?? [])
				.map(file => path.basename(file));
			const often = [...Map.groupBy(started, file => file)].sort((one, other) => other[1].length - one[1].length).slice(0, 4);
			const times = Array.from({length: 7}, () => {
				const timed = spawnSync('bash', ['-c', 'TIMEFORMAT="%U %S"; time "$@" >/dev/null 2>&1', 'bash', ...command], {env: environment});
				const [user = 0, system = 0] = (timed.stderr.toString().trim().split('\n').at(-1) ?? '').split(' ').map(Number);
				return user + system;
			});
			console.log(
				`${name}, ${more.length === 0 ? 'no connection' : more.join(' ')}: ${started.length} programs (${often.map(([file, all]) => `${all.length} ${file}`).join(', ')}), ${calls.filter(call => /clone|fork/u.test(call)).length} forks, ${Math.round(Math.min(...times) * 1000)} ms of processor time`,
			);
		}
	}
} finally {
	rmSync(node, {recursive: true});
}
