import {execFileSync, spawnSync} from 'node:child_process';
import {once} from 'node:events';
import {createServer, type AddressInfo} from 'node:net';
import {mkdir, readFile, rm, symlink, writeFile} from 'node:fs/promises';
import {dirname, join} from 'node:path';
import {afterEach, beforeEach, describe, expect, test} from 'vitest';
import type {NodeAccess} from '../../source/access/access.ts';
import {askNode} from '../../source/evidence/ask-node.ts';
import {nodeScript} from '../../source/evidence/node-script.ts';
import type {Observation} from '../../source/evidence/evidence.ts';
import {parseDatapath} from '../../source/evidence/parse-datapath.ts';
import {parseNodeOutput} from '../../source/evidence/parse-node-output.ts';
import {addCommand, addProgram, makeNodeFolder, runOnNode, type NodeFolder} from './node-folder.ts';

const marker = '0123456789abcdef';
const portmapAnswer = '{"cniVersion":"1.0.0","supportedVersions":["0.3.1","1.0.0"]}';

/** The shells of this machine, of those that nodes and images have. */
const shells = [['sh'], ['dash'], ['bash'], ['busybox', 'ash']].filter(([program = '', ...words]) => {
	try {
		execFileSync(program, [...words, '-c', ':'], {stdio: 'ignore'});
		return true;
	} catch {
		return false;
	}
});

let node: NodeFolder;
beforeEach(async () => {
	node = await makeNodeFolder();
});
afterEach(async () => rm(node.root, {recursive: true, force: true}));

async function ask(shell: readonly string[], ...parameters: readonly string[]): Promise<Observation & {stdout: string}> {
	const command = [...shell, '-s', '--', `marker=${marker}`, `conf=${node.configuration}`, `bin=${node.binaries}`, ...parameters];
	const result = await runOnNode(node, command, nodeScript);
	expect(result.exitCode).toBe(0);
	const stdout = Buffer.from(result.stdout).toString();
	return {...parseNodeOutput(stdout, {marker, configurationFolder: '/etc/cni/net.d', binaryFolder: '/opt/cni/bin'}), stdout};
}

function serviceEntry(port: number, type: string): string {
	return `  {
    "spec": {
      "flags": {
        "type": "${type}"
      },
      "frontend-address": {
        "ip": "10.0.0.1",
        "port": ${port}
      }
    }
  }`;
}

/** A line of /proc/net/tcp and the like. */
function row(address: string, state: string): string {
	return `   0: ${address} 00000000:0000 ${state} 00000000:00000000`;
}

describe.each(shells.map(shell => ({name: shell.join(' '), shell})))('in $name', ({shell}) => {
	test('tells clock, kernel, machine, files with content, architecture and how portmap answers', async () => {
		await writeFile(join(node.configuration, '05-cilium.conf'), '{"type": "cilium-cni"}', {mode: 0o600});
		await addProgram(join(node.binaries, 'portmap'), `[ "$CNI_COMMAND" = VERSION ] && echo '${portmapAnswer}'`);
		await writeFile(join(node.binaries, 'loopback'), Buffer.from('7f454c4602010100000000000000000002003e0000', 'hex'), {mode: 0o755});
		const seen = await ask(shell);
		expect(seen.errors).toEqual([]);
		// Debian's busybox calls its own commands, whatever PATH says.
		const {release, machine} =
			shell[0] === 'busybox' ? {release: '.', machine: '.'} : {release: '^5[.]4[.]0-163-generic$', machine: '^x86_64$'};
		expect(seen.kernel).toMatch(new RegExp(release, 'u'));
		expect(seen.machine).toMatch(new RegExp(machine, 'u'));
		expect(seen.configurationFolder).toMatchObject({
			host: '/etc/cni/net.d',
			files: [{name: '05-cilium.conf', size: 22, mode: '600', content: '{"type": "cilium-cni"}', truncated: false}],
		});
		expect(seen.binaryFolder).toMatchObject({
			files: [
				{name: 'loopback', size: 21, mode: '755', architecture: 'amd64', versionExitCode: null},
				{name: 'portmap', architecture: 'script', versionAnswer: portmapAnswer, versionExitCode: 0},
			],
		});
		expect(seen.binaryFolder?.files[1]?.sha256).toMatch(/^[\da-f]{64}$/u);
	});

	test('takes file names as they come: blanks, newlines, dashes, stars, hidden ones, links that lead nowhere', async () => {
		const names = ['-rf *', 'two\nlines.conf', `${marker} end.conf`, '.hidden.conf', '*', '$(id).json', `a\n${marker}x content.conf`];
		await Promise.all(names.map(async name => writeFile(join(node.configuration, name), name)));
		await symlink('/nowhere/portmap', join(node.binaries, 'portmap'));
		await mkdir(join(node.configuration, 'multus.d'));
		const seen = await ask(shell);
		const files = seen.configurationFolder?.files ?? [];
		expect(files).toHaveLength(names.length);
		expect(files.find(({name}) => name === 'two\\u{a}lines.conf')?.content).toBe('two\nlines.conf');
		expect(files.find(({name}) => name === `${marker} end.conf`)?.content).toBe(`${marker} end.conf`);
		expect(files.find(({name}) => name === '$(id).json')?.content).toBe('$(id).json');
		expect(seen.binaryFolder?.files).toMatchObject([{name: 'portmap', linksTo: '/nowhere/portmap', mode: '', versionExitCode: null}]);
		expect(seen.errors).toEqual([]);
	});

	test('follows a link of the CNI folder within it, and names one that leads out without reading it', async () => {
		const outside = join(node.configuration, '..', 'shadow');
		await writeFile(outside, 'root:verysecret');
		await mkdir(join(node.configuration, 'versions'));
		await writeFile(join(node.configuration, 'versions', 'two.conflist'), '{"plugins": []}');
		await symlink('versions', join(node.configuration, 'current'));
		await symlink('current/two.conflist', join(node.configuration, '05-cilium.conflist'));
		await symlink(outside, join(node.configuration, '10-absolute.conf'));
		await symlink('../shadow', join(node.configuration, '20-relative.conf'));
		await symlink('20-relative.conf', join(node.configuration, '30-twice.conf'));
		const seen = await ask(shell);
		expect(JSON.stringify(seen)).not.toContain('verysecret');
		expect(seen.configurationFolder?.files).toMatchObject([
			{name: '05-cilium.conflist', linksTo: 'current/two.conflist', content: '{"plugins": []}'},
			{name: '10-absolute.conf', linksTo: outside, content: '', mode: ''},
			{name: '20-relative.conf', linksTo: '../shadow', content: '', mode: ''},
			{name: '30-twice.conf', linksTo: '20-relative.conf', content: '', mode: ''},
		]);
	});

	test('reads no file that a runtime would not load, and cuts long ones', async () => {
		await writeFile(join(node.configuration, 'calico-kubeconfig'), 'token: verysecret');
		await writeFile(join(node.configuration, '10-calico.conflist'), '{"k8s_auth_token": "verysecret", "k8s_auth_token_file": "/a"}');
		await writeFile(join(node.configuration, '20-marked.conf'), '\uFEFF{"type": "a\u0001b"}');
		await writeFile(join(node.configuration, '99-long.conf'), 'x'.repeat(70_000));
		const seen = await ask(shell);
		expect(JSON.stringify(seen.configurationFolder)).not.toContain('verysecret');
		const named = (wanted: string) => seen.configurationFolder?.files.find(({name}) => name === wanted);
		expect(named('20-marked.conf')?.content).toBe('\uFFFD{"type": "a\uFFFDb"}');
		const long = named('99-long.conf');
		expect(long).toMatchObject({size: 70_000, truncated: true});
		expect(long?.content.length).toBeLessThanOrEqual(65_536);
	});

	// busybox takes its own nsenter, whatever stands in the PATH.
	test.skipIf(shell[0] === 'busybox')(
		'from the node itself the agent is asked in its own container, and nobody else who is called so',
		async () => {
			const id = 'ab'.repeat(32);
			const process = async (pid: string, container: string, comm: string, ...files: readonly string[]): Promise<void> => {
				const own = join(node.root, 'proc', pid);
				await mkdir(join(own, 'root/usr/bin'), {recursive: true});
				await writeFile(join(own, 'comm'), `${comm}\n`);
				await writeFile(join(own, 'cgroup'), `12:pids:/kubepods/burstable/pod1/${container}\n0::/\n`);
				for (const name of files) await writeFile(join(own, 'root/usr/bin', name), '');
			};
			await addCommand(
				node,
				'nsenter',
				`case "$*" in *'status -o json') echo '{"cilium": {"msg": "'"$*"'"}}';; *'bpf lb list -o json') echo '{}';; *'net show') echo "$*";; *) echo '[]';; esac`,
			);
			await process('100', 'cd'.repeat(32), 'cilium-agent', 'cilium-dbg');
			const asked = async (): ReturnType<typeof ask> => ask(shell, `agent=${id}`, `root=${node.root}`);
			expect(await asked()).toMatchObject({agentStatus: null, errors: ['the process of the agent was not found on the node']});

			await process('200', id, 'cilium-health', 'cilium-dbg');
			await process('300', id, 'cilium-agent', 'cilium');
			const seen = await asked();
			expect(seen.stdout).toContain('-t 300 -m -- /usr/bin/cilium status -o json');
			expect(seen).toMatchObject({serviceEntries: [], errors: []});
			// Its name from 1.15 on, and the old one beside it.
			await process('300', id, 'cilium-agent', 'cilium', 'cilium-dbg');
			expect((await asked()).stdout).toContain('-t 300 -m -- /usr/bin/cilium-dbg status -o json');
			// A node's own bpftool may be too old to know how Cilium attaches: it shows nothing (7.1 of Debian 12 under Cilium 1.20.2).
			await addCommand(node, 'bpftool', 'printf "xdp:\\n\\ntc:\\n\\nflow_dissector:\\n\\n"');
			expect((await asked()).programDevices).toBeNull();
			await process('300', id, 'cilium-agent', 'cilium-dbg', 'bpftool');
			expect((await asked()).stdout).toContain('-t 300 -m -- /usr/bin/bpftool net show');
		},
	);

	test('a portmap that hangs, is no program or answers endlessly does not stop the rest', async () => {
		await addProgram(join(node.binaries, 'portmap'), 'yes | head -c 100000; exit 3');
		const seen = await ask(shell, 'agent=1');
		expect(seen.stdout.length).toBeLessThan(20_000);
		expect(seen.errors).toContain('no cilium command here');
		await writeFile(join(node.binaries, 'portmap'), '', {mode: 0o644});
		await rm(join(node.binaries, 'portmap'));
		await writeFile(join(node.binaries, 'portmap'), 'text', {mode: 0o644});
		const [portmap] = (await ask(shell)).binaryFolder?.files ?? [];
		expect(portmap).toMatchObject({name: 'portmap', mode: '644', versionExitCode: 126});
	});

	test('of thousands of kube-proxy rules it sends those that matter, of both builds, in order', async () => {
		const services = `i=0; while [ $i -lt 5000 ]; do echo ":KUBE-SVC-$i - [0:0]"; echo "-A KUBE-SVC-$i -j KUBE-SEP-$i"; i=$((i+1)); done`;
		await addCommand(
			node,
			'iptables-nft-save',
			`echo '*nat'; echo ':PREROUTING ACCEPT [0:0]'; echo ':KUBE-SERVICES - [0:0]'; ${services}
echo '-A PREROUTING -j KUBE-SERVICES'; echo '-A PREROUTING -j CNI-HOSTPORT-DNAT'; echo '-A CNI-DN-abc -p tcp -j DNAT'; echo COMMIT`,
		);
		await addCommand(node, 'ip6tables-nft-save', 'echo "ip6tables-save: Permission denied (you must be root)" >&2; exit 4');
		await addCommand(
			node,
			'iptables-legacy-save',
			`printf '*filter\\n-A INPUT -j X\\nCOMMIT\\n*nat\\n-A OUTPUT -j CNI-HOSTPORT-DNAT\\nCOMMIT\\n'`,
		);
		const seen = await ask(shell, 'nat=1');
		expect(seen.nat.nft).toMatchObject({
			available: true,
			truncated: false,
			rules: [
				':KUBE-SERVICES - [0:0]',
				'-A PREROUTING -j KUBE-SERVICES',
				'-A PREROUTING -j CNI-HOSTPORT-DNAT',
				'-A CNI-DN-abc -p tcp -j DNAT',
			],
			error: 'ip6tables-nft-save: exit code 4: ip6tables-save: Permission denied (you must be root)',
		});
		expect(seen.nat.legacy).toMatchObject({available: true, rules: ['-A OUTPUT -j CNI-HOSTPORT-DNAT']});
		expect(seen.stdout.length).toBeLessThan(4000);
	});

	test('what a program complains of while it answers does not come between', async () => {
		const rules = `i=0; while [ $i -lt 200 ]; do echo "-A CNI-DN-$i -p tcp -m tcp --dport $i -j DNAT --to-destination 10.0.0.5:80"; i=$((i+1)); done`;
		await addCommand(
			node,
			'iptables-nft-save',
			`echo '*nat'; { ${rules}; } | head -c 4099; echo '# Warning: legacy tables present' >&2; { ${rules}; } | tail -c +4100; echo COMMIT`,
		);
		const seen = await ask(shell, 'nat=1');
		expect(seen.nat.nft?.rules).toHaveLength(200);
		expect(seen.nat.nft?.error).toBe('');
		expect(seen.stdout).not.toContain('Warning');
	});

	test('mappings that a runtime made and what other engines translate are kept, kube-proxy’s endpoints are not', async () => {
		const kept = [
			'-A PREROUTING -m addrtype --dst-type LOCAL -j KUBE-HOSTPORTS',
			':KUBE-HOSTPORTS - [0:0]',
			'-A KUBE-HOSTPORTS -p tcp -m comment --comment "web_default hostport 80" -m tcp --dport 80 -j KUBE-HP-5VZJ2D3NMQ2P4M2Q',
			'-A KUBE-HP-5VZJ2D3NMQ2P4M2Q -p tcp -m tcp -j DNAT --to-destination 10.0.0.9:8080',
			'-A DOCKER ! -i docker0 -p tcp -m tcp --dport 8080 -j DNAT --to-destination 172.17.0.2:80',
			'-A OWN -p tcp -m tcp --dport 81 -j REDIRECT --to-ports 82',
			'-A NETAVARK-HOSTPORT-DNAT -p tcp -m tcp --dport 83 -j NETAVARK-DN-1D8721804F16F',
			'-A OWN -i docker0 -j RETURN',
			'-A KUBE-SERVICES -d 10.88.0.11/32 -p tcp -m comment --comment "shop/cart:http external IP" -m tcp --dport 80 -j KUBE-EXT-A',
			'-A KUBE-SERVICES -m addrtype --dst-type LOCAL -j KUBE-NODEPORTS',
			'-A KUBE-NODEPORTS -p tcp -m comment --comment "shop/cart:http" -m tcp --dport 30080 -j KUBE-EXT-A',
			'-A KUBE-EXT-A -j KUBE-SVC-A',
		];
		const left = [
			'-A KUBE-SERVICES -d 10.96.0.10/32 -p tcp -m comment --comment "shop/cart:http cluster IP" -m tcp --dport 80 -j KUBE-SVC-A',
			'-A cali-PREROUTING -j cali-fip-dnat',
			'-A KUBE-SEP-X -p tcp -j DNAT --to-destination 10.0.0.7:80',
			'-A KUBE-SVC-Y -j KUBE-SEP-X',
		];
		await addCommand(node, 'iptables-nft-save', `cat <<'END'\n*nat\n${[...kept, ...left].join('\n')}\nCOMMIT\nEND`);
		expect((await ask(shell, 'nat=1')).nat.nft?.rules).toEqual(kept);
	});

	test('the devices of the default routes are told, each once', async () => {
		await mkdir(join(node.root, 'net'));
		const zero = '0'.repeat(32);
		await writeFile(
			join(node.root, 'net/route'),
			'Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\neth1\t00000000\t0100580A\t0003\t0\t0\t0\t00000000\neth2\t0000580A\t00000000\t0001\t0\t0\t0\t00FFFFFF\n',
		);
		await writeFile(
			join(node.root, 'net/ipv6_route'),
			`${zero} 00 ${zero} 00 fe80 00000400 1 0 00000003 eth0\n${zero} 00 ${zero} 00 ${zero} ffffffff 1 0 00200200 lo\n${zero} 00 ${zero} 00 fe80 00000400 1 0 00000003 eth1\n`,
		);
		expect((await ask(shell, `proc=${node.root}`)).facts).toMatchObject({'default-devices': 'eth0 eth1'});
	});

	test.each([
		['1', 'strict'],
		['2', undefined],
		['0', undefined],
	])('rp_filter of all devices is %s: %s', async (value, said) => {
		await mkdir(join(node.root, 'sys/net/ipv4/conf/all'), {recursive: true});
		await writeFile(join(node.root, 'sys/net/ipv4/conf/all/rp_filter'), `${value}\n`);
		expect((await ask(shell, `proc=${node.root}`)).facts['rp_filter']).toBe(said);
	});

	test("the agent's status comes without other nodes, the services with type HostPort only", async () => {
		const services = `[\n${[serviceEntry(1, 'ClusterIP'), serviceEntry(8080, 'HostPort'), serviceEntry(2, 'NodePort')].join(',\n')}\n]`;
		const status = `{
  "cilium": {
    "msg": "1.17.4 (v1.17.4-abc)"
  },
  "cluster": {
    "nodes": [
      {
        "name": "another-node"
      }
    ]
  },
  "controllers": [
    {
      "name": "sync-utime",
      "status": {
        "success-count": 2
      }
    },
    {
      "name": "endpoint-12-regeneration-recovery",
      "status": {
        "consecutive-failure-count": 3,
        "last-failure-msg": "load program: permission denied"
      }
    },
    {
      "name": "endpoint-13-regeneration-recovery",
      "status": {
        "consecutive-failure-count": 1,
        "last-failure-msg": "regeneration recovery failed"
      }
    },
    {
      "name": "sync-policymap-899",
      "status": {
        "failure-count": 4,
        "success-count": 2
      }
    }
  ],
  "kube-proxy-replacement": {
    "mode": "True",
    "features": {
      "hostPort": {
        "enabled": true
      }
    }
  }
}`;
		await writeFile(join(node.root, 'services'), services);
		await writeFile(join(node.root, 'status'), status);
		const entry = (frontend: string, slot: number, says: string) => `  "${frontend} (${slot})": [\n    "${says}"\n  ]`;
		const datapath = [
			entry('10.0.0.1:8080/TCP', 0, '0.0.0.0:0 (2) (0) [HostPort] '),
			entry('10.0.0.1:8080/TCP', 1, '10.0.0.5:80/TCP (2) (1)'),
			entry('10.0.0.1:80/TCP', 0, '0.0.0.0:0 (3) (0) [NodePort] '),
			entry('10.0.0.1:80/TCP', 1, '10.0.0.6:80/TCP (3) (1)'),
			entry('10.0.0.1:8443/TCP', 0, '0.0.0.0:0 (4) (0) [LoadBalancer] '),
			entry('10.0.0.1:8443/TCP', 1, '10.0.0.7:443/TCP (4) (1)'),
		];
		await writeFile(join(node.root, 'bpf'), `{\n${datapath.join(',\n')}\n}`);
		await addCommand(
			node,
			'cilium-dbg',
			`case $1 in service) cat "${node.root}/services" ;; bpf) cat "${node.root}/bpf" ;; *) cat "${node.root}/status" ;; esac`,
		);
		const seen = await ask(shell, 'agent=1');
		expect(seen.errors).toEqual([]);
		expect(seen.agentStatus).toMatchObject({
			version: '1.17.4',
			kubeProxyReplacement: 'true',
			hostPortEnabled: true,
			nodePortEnabled: false,
			failing: [
				{name: 'endpoint-12-regeneration-recovery', message: 'load program: permission denied'},
				{name: 'endpoint-13-regeneration-recovery', message: 'regeneration recovery failed'},
			],
		});
		expect(seen.stdout).not.toContain('sync-utime');
		expect(seen.serviceEntries).toEqual([{ip: '10.0.0.1', port: 8080, protocol: '', backends: []}]);
		expect(seen.datapathEntries).toEqual([
			{type: 'HostPort', address: '10.0.0.1', port: 8080, protocol: 'TCP', isLoopback: false, backends: [{ip: '10.0.0.5', port: 80}]},
			{type: 'LoadBalancer', address: '10.0.0.1', port: 8443, protocol: 'TCP', isLoopback: false, backends: [{ip: '10.0.0.7', port: 443}]},
		]);
		expect(seen.stdout).not.toContain('10.0.0.6');
		expect(seen.stdout).not.toContain('another-node');
		expect(seen.stdout).not.toContain('ClusterIP');
	});

	test.each(['1.15.19/native', '1.20.2/native'])('what the datapath has comes as text where there is no JSON: %s', async recording => {
		const folder = new URL(`recordings/${recording}/`, import.meta.url).pathname;
		const answers = `case "$*" in "bpf lb list") cat "${folder}bpf-lb-list.txt" ;; *) echo 'Error: unknown shorthand flag: o' >&2; exit 1 ;; esac`;
		await addCommand(node, 'cilium-dbg', answers);
		const seen = await ask(shell, 'agent=1');
		const whole = parseDatapath(await readFile(`${folder}bpf-lb-list.json`, 'utf8')) ?? [];
		expect(seen.datapathEntries).toHaveLength(whole.length);
		expect(seen.datapathEntries).toEqual(expect.arrayContaining(whole));
		expect(seen.stdout).not.toContain('ClusterIP');
		expect(seen.errors.filter(line => line.includes('bpf'))).toEqual([]);
	});

	test('which devices have a program is asked where the image can tell, and a failure tells nothing', async () => {
		await addCommand(node, 'cilium-dbg', 'exit 1');
		await addCommand(
			node,
			'bpftool',
			`[ "$*" = 'net show' ] && printf 'xdp:\\n\\ntc:\\neth0(2) clsact/ingress cil_from_netdev-eth0 id 7\\n'`,
		);
		expect((await ask(shell, 'agent=1')).programDevices).toEqual(['eth0']);
		await addCommand(node, 'bpftool', 'exit 255');
		expect((await ask(shell, 'agent=1')).programDevices).toBeNull();
		expect((await ask(shell)).programDevices).toBeNull();
	});

	test('of a datapath that answers in no form, the last answer is told', async () => {
		await addCommand(node, 'cilium-dbg', "echo 'Unable to open map' >&2; exit 1");
		const seen = await ask(shell, 'agent=1');
		expect(seen.datapathEntries).toBeNull();
		expect(seen.errors).toContain('cilium bpf lb list: exit code 1: Unable to open map');
	});

	test('listening sockets and the port range come from procfs', async () => {
		await mkdir(join(node.root, 'net'));
		await mkdir(join(node.root, 'sys/net/ipv4'), {recursive: true});
		const head = '  sl  local_address rem_address   st';
		await writeFile(join(node.root, 'net/tcp'), [head, row('0100007F:1F90', '0A'), row('0100007F:1F91', '01'), ''].join('\n'));
		await writeFile(join(node.root, 'net/udp6'), [head, row('00000000000000000000000000000000:0035', '07'), ''].join('\n'));
		await writeFile(join(node.root, 'sys/net/ipv4/ip_local_port_range'), '32768\t60999\n');
		const seen = await ask(shell, `proc=${node.root}`);
		expect(seen.listeners).toEqual([
			{protocol: 'TCP', address: '127.0.0.1', port: 8080},
			{protocol: 'UDP', address: '::', port: 53},
		]);
		// Debian's busybox tells this machine's own addresses.
		const facts = Object.entries(seen.facts).filter(([name]) => !name.startsWith('device:'));
		expect(Object.fromEntries(facts)).toEqual({ip_local_port_range: '32768 60999'});
	});

	test('it connects to the ports that it is given, all at once, and says how each answers', async () => {
		const server = createServer().listen(0, '127.0.0.1');
		await once(server, 'listening');
		const {port} = server.address() as AddressInfo;
		try {
			const closed = createServer().listen(0, '127.0.0.1');
			await once(closed, 'listening');
			const {port: free} = closed.address() as AddressInfo;
			closed.close();
			const seen = await ask(shell, 'proc=/proc', `connect=127.0.0.1,${port},${free}`, 'connect=$(id),1', 'connect=;id');
			expect(seen.probes?.toSorted((one, other) => (one.answer < other.answer ? -1 : 1))).toEqual([
				{address: '127.0.0.1', port, answer: 'open'},
				{address: '127.0.0.1', port: free, answer: 'refused'},
			]);
		} finally {
			server.close();
		}
	});

	test('of a pod that does not answer it tells whether its interface is up', async () => {
		await addCommand(
			node,
			'bash',
			`case "$*" in *'TCP 127.0.0.1 1') echo 'connect: Connection refused' >&2; exit 1 ;; *'TCP 10.0.0.5 80') echo 'connect: No route to host' >&2; exit 1 ;; *) exec /bin/bash "$@" ;; esac`,
		);
		await addCommand(
			node,
			'cilium-dbg',
			`case "$*" in 'bpf endpoint list') echo '10.0.0.5:0  id=87 sec_id=9494 flags=0x0000 ifindex=7  mac=E6:63:5F:29:18:FC'
echo '10.0.0.6:0  id=88 sec_id=9494 flags=0x0000 ifindex=9  mac=E6:63:5F:29:18:FD'; echo '10.88.0.11:0 (localhost)' ;; esac`,
		);
		for (const [name, index, state] of [
			['lxc1', '7', 'down'],
			['lxc2', '9', 'up'],
			['eth0', '2', 'up'],
		] as const) {
			await mkdir(join(node.root, 'class/net', name), {recursive: true});
			await writeFile(join(node.root, 'class/net', name, 'ifindex'), `${index}\n`);
			await writeFile(join(node.root, 'class/net', name, 'operstate'), `${state}\n`);
		}

		const seen = await ask(shell, 'agent=1', 'proc=/proc', `sys=${node.root}`, 'connect=10.0.0.5,80');
		expect(seen.probes).toEqual([{address: '10.0.0.5', port: 80, answer: 'unreachable'}]);
		expect(seen.facts).toMatchObject({'interface-of-10.0.0.5': 'lxc1 is down'});
		expect(seen.facts).not.toHaveProperty('interface-of-10.0.0.6');
	});

	test('the nftables backend of portmap is read where there is an nft; a table that is not there is told from one that is', async () => {
		await addCommand(
			node,
			'nft',
			`case "$*" in
'list tables') printf 'table inet firewalld\ntable ip cni_hostport\n' ;;
'-j list ruleset') echo '{"nftables": [{"chain": {"family": "inet", "table": "t", "name": "p", "hook": "prerouting", "prio": -150, "policy": "drop"}}]}' ;;
'list table ip cni_hostport') printf 'table ip cni_hostport {\n\tchain hostports {\n\t\ttcp dport 8080 dnat to 10.0.0.5:80 comment "abc"\n\t}\n}\n' ;;
*) echo 'Error: No such file or directory' >&2; exit 1 ;; esac`,
		);
		const seen = await ask(shell, 'nat=1');
		expect(seen.nftables).toEqual({
			rules: ['tcp dport 8080 dnat to 10.0.0.5:80 comment "abc"'],
			rules6: [],
			tables: ['inet firewalld', 'ip cni_hostport'],
			chains: ['hostports'],
			filter: {chains: [{name: 'inet t p', hook: 'prerouting', priority: -150, policy: 'drop'}], rules: [], isCut: false},
			runtimeMappings: [],
		});
		await addCommand(node, 'nft', 'echo "Operation not permitted (you must be root)" >&2; exit 1');
		expect((await ask(shell, 'nat=1')).nftables).toBeNull();
	});

	test('UDP that conntrack holds comes without counters, each once', async () => {
		await mkdir(join(node.root, 'net'));
		const entry =
			'ipv4     2 udp      17 29 src=10.88.0.1 dst=10.88.0.11 sport=4000 dport=8125 [UNREPLIED] src=10.0.0.9 dst=10.88.0.1 sport=8125 dport=4000 mark=0 use=2';
		await writeFile(join(node.root, 'net/nf_conntrack'), [entry, entry, entry.replace('udp      17', 'tcp      6'), ''].join('\n'));
		const seen = await ask(shell, `proc=${node.root}`);
		expect(seen.udpConnections).toEqual([{destination: '10.88.0.11', port: 8125, answeredBy: '10.0.0.9'}]);
	});

	test("the runtime's own CNI folders are read where the node's file system is seen", async () => {
		await mkdir(join(node.root, 'etc/containerd'), {recursive: true});
		await writeFile(
			join(node.root, 'etc/containerd/config.toml'),
			`version = 2\n[plugins."io.containerd.grpc.v1.cri".cni]\n  bin_dir = "/opt/cni/bin/"\n  conf_dir = '/etc/cni/net.d'
[plugins."io.containerd.grpc.v1.cri".registry.configs."mirror.test".auth]\n  username = "robot"\n  password = "very=secret"
  auths = { "mirror.test" = { "identitytoken" = "verysecret" } }
[plugins."io.containerd.grpc.v1.cri".registry.mirrors."docker.io"]\n  endpoint = [\n    "https://robot:verysecret@mirror.test",\n  ]\n`,
		);
		const seen = await ask(shell, `root=${node.root}/`);
		expect(seen.stdout).not.toMatch(/secret|robot/u);
		expect(seen.errors).toEqual([]);
		expect(seen.runtime).toEqual({
			binaryFolders: ['/opt/cni/bin'],
			configurationFolder: '/etc/cni/net.d',
			source: '/etc/containerd/config.toml',
		});
		await mkdir(join(node.root, 'etc/crio/crio.conf.d'), {recursive: true});
		await writeFile(
			join(node.root, 'etc/crio/crio.conf.d/10.conf'),
			'[crio.network]\nplugin_dirs = [\n  "/usr/libexec/cni",\n  "/opt/cni/bin",\n]\n',
		);
		const both = await ask(shell, `root=${node.root}`);
		expect(both.runtime?.binaryFolders).toEqual(['/usr/libexec/cni', '/opt/cni/bin']);
		expect(both.runtime?.configurationFolder).toBe('/etc/cni/net.d');
	});

	test('a runtime that runs is asked by the file it was started with, not by the one in the usual place', async () => {
		const line = (folder: string): string => `[plugins.cri.cni]\nbin_dir = "${folder}"\n`;
		const process = async (id: number, comm: string, ...words: readonly string[]): Promise<void> => {
			await mkdir(join(node.root, `proc/${id}`), {recursive: true});
			await writeFile(join(node.root, `proc/${id}/comm`), `${comm}\n`);
			await writeFile(join(node.root, `proc/${id}/cmdline`), [...words, ''].join('\0'));
		};
		await mkdir(join(node.root, 'etc/containerd'), {recursive: true});
		await mkdir(join(node.root, 'var/own'), {recursive: true});
		await writeFile(join(node.root, 'etc/containerd/config.toml'), line('/usr/lib/cni'));
		await writeFile(join(node.root, 'var/own/config.toml'), line('/opt/cni/bin'));
		await process(7, 'containerd-shim', 'containerd-shim', '-c', '/etc/containerd/config.toml');
		for (const words of [
			['-c', '/var/own/config.toml'],
			['--config', '/var/own/config.toml'],
			['--log-level=info', '--config=/var/own/config.toml'],
		]) {
			await process(8, 'containerd', '/usr/bin/containerd', ...words);
			expect((await ask(shell, `root=${node.root}`)).runtime).toMatchObject({
				binaryFolders: ['/opt/cni/bin'],
				source: '/var/own/config.toml',
			});
		}

		await process(8, 'containerd', '/usr/bin/containerd');
		expect((await ask(shell, `root=${node.root}`)).runtime).toMatchObject({binaryFolders: ['/usr/lib/cni']});
	});

	test.each<[string, string, readonly string[], object]>([
		[
			'cri-dockerd',
			'cri-dockerd',
			['--cni-conf-dir=/etc/a', '--cni-bin-dir', '/a,/b'],
			{configurationFolder: '/etc/a', binaryFolders: ['/a', '/b']},
		],
		[
			'cri-dockerd without any',
			'cri-dockerd',
			['--network-plugin=cni'],
			{configurationFolder: '/etc/cni/net.d', binaryFolders: ['/opt/cni/bin']},
		],
		[
			'CRI-O',
			'crio',
			['--cni-config-dir', '/etc/a', '--cni-plugin-dir=/a', '--cni-plugin-dir=/b'],
			{configurationFolder: '/etc/a', binaryFolders: ['/a', '/b']},
		],
		['the kubelet of dockershim', 'kubelet', ['--cni-conf-dir=/etc/a', '--v=2'], {configurationFolder: '/etc/a', binaryFolders: []}],
		['words that are no folder', 'kubelet', ["--cni-conf-dir='; rm -rf /'"], {}],
		['another program', 'kube-proxy', ['--cni-conf-dir=/etc/a'], {}],
	])('CNI folders that a program was given as flags: %s', async (_name, comm, words, expected) => {
		await mkdir(join(node.root, 'proc/9'), {recursive: true});
		await writeFile(join(node.root, 'proc/9/comm'), `${comm}\n`);
		await writeFile(join(node.root, 'proc/9/cmdline'), [`/usr/bin/${comm}`, ...words, ''].join('\0'));
		const {runtime} = await ask(shell, `root=${node.root}`);
		if (Object.keys(expected).length === 0) expect(runtime).toBeNull();
		else expect(runtime).toMatchObject({...expected, source: `flags of ${comm}`});
	});

	test('a folder of the runtime that is the one that was looked at, by a link, is told; another one is not', async () => {
		await mkdir(join(node.root, 'etc/containerd'), {recursive: true});
		await symlink(node.configuration, join(node.root, 'etc/linked'));
		await mkdir(join(node.root, 'etc/other'));
		const told = async (folder: string): Promise<object> => {
			await writeFile(join(node.root, 'etc/containerd/config.toml'), `[plugins.cri.cni]\n  conf_dir = "${folder}"\n`);
			return (await ask(shell, `root=${node.root}`)).facts;
		};
		expect(await told('/etc/linked')).toMatchObject({'same-folder:/etc/linked': 'yes'});
		expect(await told('/etc/linked/')).toMatchObject({'same-folder:/etc/linked': 'yes'});
		expect(await told('/etc/other')).toEqual({});
		expect(await told('/etc/missing')).toEqual({});
	});

	test('so is one of several that it searches for plugins, in whatever form they are named', async () => {
		await mkdir(join(node.root, 'etc/containerd'), {recursive: true});
		await mkdir(join(node.root, 'usr/lib'), {recursive: true});
		await symlink(node.binaries, join(node.root, 'usr/lib/cni'));
		const told = async (table: string): Promise<object> => {
			await writeFile(join(node.root, 'etc/containerd/config.toml'), `version = 3\n[plugins.'io.containerd.cri.v1.runtime'.cni]\n${table}`);
			return (await ask(shell, `root=${node.root}`)).facts;
		};
		const isTold = {'same-folder:/usr/lib/cni': 'yes'};
		expect(await told(`  bin_dirs = ["/usr/libexec/cni", "/usr/lib/cni/"]\n`)).toEqual(isTold);
		expect(
			await told(`  bin_dir = ''\n  bin_dirs = [\n    '/usr/libexec/cni',\n    '/usr/lib/cni',\n  ]\n  conf_dir = '/etc/other'\n`),
		).toEqual(isTold);
		expect(await told(`  bin_dirs = ['/usr/libexec/cni']\n  conf_template = '/usr/lib/cni'\n`)).toEqual({});
	});

	// Debian's busybox calls its own commands, whatever PATH says.
	test.skipIf(shell[0] === 'busybox')(
		'addresses come with their devices where there is an ip, and without where there is none',
		async () => {
			await addCommand(
				node,
				'ip',
				`[ "$*" = '-o addr show scope global' ] && printf '2: eth0    inet 10.88.0.11/24 brd 10.88.0.255 scope global eth0\\n2: eth0    inet 10.88.0.100/32 scope global eth0\\n7: lxc1@if6    inet6 fd00::5/64 scope global\\n9: x    link/ether 00:00\\n'`,
			);
			expect((await ask(shell, `proc=${node.root}`)).facts).toMatchObject({
				'device:10.88.0.11': 'eth0',
				'device:10.88.0.100': 'eth0',
				'device:fd00::5': 'lxc1',
			});
			await addCommand(node, 'ip', 'echo "ip: not permitted" >&2; exit 1');
			expect(Object.keys((await ask(shell, `proc=${node.root}`)).facts).filter(name => name.startsWith('device:'))).toEqual([]);
		},
	);

	// Debian's busybox calls its own commands, whatever PATH says.
	test.skipIf(shell[0] === 'busybox')('whether SELinux decides is told, with the labels of the folder and of portmap', async () => {
		await mkdir(join(node.root, 'sys/fs/selinux'), {recursive: true});
		await writeFile(join(node.root, 'sys/fs/selinux/enforce'), '1');
		await addCommand(
			node,
			'stat',
			`case "$*" in '-L -c %C '*portmap) echo u:r:tmp_t:s0 ;; '-L -c %C '*) echo u:r:bin_t:s0 ;; *) exec /usr/bin/env -i /usr/bin/stat "$@" ;; esac`,
		);
		expect((await ask(shell, `root=${node.root}`)).facts).toMatchObject({
			selinux: 'enforcing',
			'selinux:': 'u:r:bin_t:s0',
			'selinux:/portmap': 'u:r:tmp_t:s0',
		});
		await writeFile(join(node.root, 'sys/fs/selinux/enforce'), '0');
		await addCommand(node, 'stat', `case "$*" in '-L -c %C '*) echo '?' ;; *) exec /usr/bin/env -i /usr/bin/stat "$@" ;; esac`);
		expect((await ask(shell, `root=${node.root}`)).facts).toEqual({selinux: 'permissive'});
	});

	test('what the configuration of containerd imports is followed, by patterns relative to the file, and the last one wins', async () => {
		const put = async (name: string, text: string): Promise<void> => {
			await mkdir(dirname(join(node.root, name)), {recursive: true});
			await writeFile(join(node.root, name), text);
		};
		const cni = (lines: string): string => `version = 3\n[plugins.'io.containerd.cri.v1.runtime'.cni]\n${lines}\n`;
		await put(
			'etc/containerd/config.toml',
			`version = 3\n# imports = ['commented.toml']\nimports = [\n  'conf.d/*.toml',\n  "/opt/a b/more.toml", 'missing.toml'\n]\n`,
		);
		await put('etc/containerd/commented.toml', cni(`bin_dirs = ['/commented']`));
		await put('etc/containerd/conf.d/10.toml', cni(`bin_dirs = ['/ten']\nconf_dir = '/etc/ten'`));
		await put('etc/containerd/conf.d/20.toml', cni(`bin_dir = ''\nbin_dirs = ['/twenty', '/opt/cni/bin']`));
		await put('etc/containerd/conf.d/30.ini', cni(`bin_dirs = ['/ini']`));
		expect((await ask(shell, `root=${node.root}`)).runtime).toEqual({
			binaryFolders: ['/twenty', '/opt/cni/bin'],
			configurationFolder: '/etc/ten',
			source: '/etc/containerd/conf.d/20.toml',
		});
		// One that imports itself, and one beside it.
		await put('opt/a b/more.toml', `imports = ['more.toml', 'beside.toml']\n${cni(`conf_dir = '/etc/more'`)}`);
		await put('opt/a b/beside.toml', cni(`bin_dir = '/beside'`));
		expect((await ask(shell, `root=${node.root}`)).runtime).toEqual({
			binaryFolders: ['/beside'],
			configurationFolder: '/etc/more',
			source: '/opt/a b/beside.toml',
		});
	});

	test('a folder that is not there is said, and the other one still read', async () => {
		await rm(node.configuration, {recursive: true});
		const seen = await ask(shell);
		expect(seen.configurationFolder).toBeNull();
		expect(seen.errors).toEqual([`CNI configuration folder: there is no folder ${node.configuration}`]);
		expect(seen.binaryFolder).toEqual({host: '/opt/cni/bin', files: []});
	});
});

test('parameters are never interpreted', async () => {
	const result = await runOnNode(node, ['sh', '-s', '--', `marker=${marker}`, `conf=$(touch "${node.root}/oops")`, 'bin=`id`'], nodeScript);
	const seen = parseNodeOutput(Buffer.from(result.stdout).toString(), {marker, configurationFolder: '/x', binaryFolder: '/y'});
	expect(seen.errors).toHaveLength(2);
	expect(execFileSync('ls', [node.root]).toString()).not.toContain('oops');
});

test('what a node is given are these parts, and nothing of them runs before all of them have arrived', async () => {
	const given: string[] = [];
	const access: NodeAccess = {
		node: 'node-1',
		label: 'agent',
		configurationFolder: undefined,
		binaryFolder: undefined,
		hasAgentCommand: false,
		async run(script) {
			given.push(script);
			throw new Error('given');
		},
		close: async () => undefined,
	};
	const question = {hostNetwork: true, nat: true, targets: [], signal: new AbortController().signal, timeoutMilliseconds: 1000};
	await expect(askNode(access, question)).rejects.toThrow('given');
	expect(given).toEqual([nodeScript]);
	// Cut off anywhere between two lines: a shell says that it is not whole, or does nothing.
	const lines = nodeScript.split('\n');
	for (let end = 0; end < lines.length - 2; end += 40) {
		const cut = spawnSync('sh', ['-s', '--', `marker=${marker}`, 'agent=1'], {input: lines.slice(0, end).join('\n'), encoding: 'utf8'});
		expect(cut.stdout, `${end} lines`).toBe('');
	}
});
