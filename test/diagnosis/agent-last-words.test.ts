import {expect, test} from 'vitest';
import {lastWords} from '../../source/diagnosis/agent-last-words.ts';
import {diagnose} from '../../source/diagnosis/diagnose.ts';
import {observation} from './builders.ts';
import {pathlessEvidence} from './scenes.ts';

// The first two are of real agents of 1.15.19; the others of public reports and of Cilium's source.
test.each([
	[
		'unable to determine direct routing device. Use --direct-routing-device to specify it',
		/devices and, where there are several, direct-routing-device/,
		'level=fatal msg="failed to start: daemon creation failed: unable to determine direct routing device. Use --direct-routing-device to specify it" subsys=daemon',
	],
	['could not run bpftool', /contains bpftool/, 'level=fatal msg="could not run bpftool" subsys=probes'],
	[
		'unable to determine direct routing device. Use --direct-routing-device to specify it',
		/a bridge has to be listed/,
		'time=2026-11-28T10:00:00Z level=fatal source=/go/src/github.com/cilium/cilium/daemon/cmd/root.go:1 msg="unable to run agent" error="failed to start: daemon creation failed: unable to determine direct routing device. Use --direct-routing-device to specify it"',
	],
	[
		'invalid value for kube-proxy-replacement: partial',
		/Set kube-proxy-replacement in cilium-config to a value that this version accepts/,
		'{"level":"fatal","msg":"unable to run agent","error":"failed to start: invalid value for kube-proxy-replacement: partial"}',
	],
	[
		'open "x": unable to init k8s client: dial tcp 10.96.0.1:443: i/o timeout',
		/k8sServiceHost/,
		String.raw`level=fatal msg="Error while creating daemon" error="open \"x\": unable to init k8s client: dial tcp 10.96.0.1:443: i/o timeout" subsys=daemon`,
	],
	[
		'Error while creating daemon: exit status 2',
		/^Repair what it names/,
		'level=fatal msg="Error while creating daemon" error="exit status 2" subsys=daemon',
	],
	['panic: runtime error: index out of range', /^This is a fault of this Cilium release/, 'panic: runtime error: index out of range'],
	['Start failed', /^Repair what it names/, 'level=error msg="Start failed"'],
	[
		"error while initializing daemon: cannot add custom chain CILIUM_PRE_raw: unable to run 'iptables -t raw -N CILIUM_PRE_raw' iptables command: exit status 3",
		/^Load the netfilter modules/,
		`level=fatal msg="failed to start: daemon creation failed: error while initializing daemon: cannot add custom chain CILIUM_PRE_raw: unable to run 'iptables -t raw -N CILIUM_PRE_raw' iptables command: exit status 3" subsys=daemon`,
	],
	[
		'setting up device cilium_vxlan: address already in use',
		/^Remove the other tunnel device/,
		'level=error msg="Start hook failed" error="daemon creation failed: setting up device cilium_vxlan: address already in use"',
	],
	[
		'listen tcp 127.0.0.1:9879: bind: address already in use',
		/^Find the process that holds this port/,
		'level=fatal msg="failed to start: listen tcp 127.0.0.1:9879: bind: address already in use"',
	],
	[
		'BPF masquerade requires NodePort (--enable-node-port="true")',
		/^Turn BPF masquerade off/,
		String.raw`level=fatal msg="failed to start: daemon creation failed: BPF masquerade requires NodePort (--enable-node-port=\"true\")"`,
	],
	[
		'Node Port "dsr" mode cannot be used with vxlan tunneling.',
		/loadBalancer\.mode: snat/,
		String.raw`level=fatal msg="Node Port \"dsr\" mode cannot be used with vxlan tunneling." subsys=daemon`,
	],
	[
		'attaching XDP program to interface bond0: operation not supported',
		/loadBalancer\.acceleration: disabled/,
		'level=error msg="Start hook failed" error="attaching XDP program to interface bond0: operation not supported"',
	],
	[
		'Unable to find all Cilium CRDs necessary within 5m0s timeout: context deadline',
		/cilium-operator/,
		'level=fatal msg="Unable to find all Cilium CRDs necessary within 5m0s timeout" error="context deadline" subsys=k8s',
	],
	[
		'required IPv4 PodCIDR not available',
		/^Give the node a pod range/,
		'level=fatal msg="Unable to initialize IPAM" error="required IPv4 PodCIDR not available"',
	],
	[
		'User "x" is forbidden: User "x" cannot get resource "nodes"',
		/ClusterRole/,
		String.raw`level=fatal msg="Unable to initialize" error="User \"x\" is forbidden: User \"x\" cannot get resource \"nodes\""`,
	],
	[
		'mkdir /var/run/cilium/state: no space left on device',
		/^Free space/,
		'level=fatal msg="Could not create" error="mkdir /var/run/cilium/state: no space left on device"',
	],
	['open map: cannot allocate memory', /^Give the node memory/, 'level=fatal msg="failed to start: open map: cannot allocate memory"'],
	[
		'failed to add WireGuard device: operation not supported',
		/kernel module wireguard/,
		'level=error msg="Start hook failed" error="failed to add WireGuard device: operation not supported"',
	],
	['unknown flag: --enable-host-port', /^Remove that argument/, 'level=fatal msg="unknown flag: --enable-host-port"'],
])('an agent that ends with “%s”', (says, remedy, line) => {
	const words = lastWords({observation: observation({agentLog: ['level=info msg="  --devices=\'\'"', line]})});
	expect(words).toEqual({line, says, remedy: expect.stringMatching(remedy), ended: true});
});

// The agent runs on, is not ready and tries again for ever: 1.14 to 1.16 take the mode as it is written (daemon/cmd/cni/config.go).
test('an agent that cannot write its CNI file has not ended: its words are quoted, with what helps', () => {
	const says = 'Failed to write CNI config file (will retry): failed to render CNI configuration file: invalid CNI chaining mode: Portmap';
	const line = `level=info msg="${says}" subsys=cni`;
	expect(lastWords({observation: observation({agentLog: [line, 'level=info msg="another" subsys=cni']})})).toEqual({
		line,
		says,
		ended: false,
		remedy: expect.stringMatching(/^Set cni-chaining-mode in cilium-config to a value that this version knows, in lower case/u) as string,
	});
	const base = pathlessEvidence('1.15.19');
	const nodes = base.nodes.map(node => ({
		...node,
		agent: node.agent && {...node.agent, ready: false},
		observation: node.observation && {...node.observation, agentLog: [line]},
	}));
	const [finding] = diagnose({...base, nodes}).findings.filter(({code}) => code === 'HP24');
	expect(finding?.remedy).toContain(`The agent says “${says}”. Set cni-chaining-mode`);
	expect(finding?.because.map(proof => proof.says)).toContain(line);
});

test('a warning is nobody’s last word', () => {
	expect(
		lastWords({observation: observation({agentLog: ['level=warning msg="Auto-disabling \\"enable-host-port\\"" subsys=daemon']})}),
	).toBeUndefined();
	expect(lastWords({observation: undefined})).toBeUndefined();
});

test('the remedy of an agent that does not start quotes it, and names its log', () => {
	const down = (agentLog: readonly string[]) => {
		const base = pathlessEvidence('1.15.19');
		const nodes = base.nodes.map(node => ({
			...node,
			agent: node.agent && {...node.agent, ready: false, trouble: 'CrashLoopBackOff'},
			observation: node.observation && {...node.observation, agentLog: [...agentLog]},
		}));
		return diagnose({...base, nodes}).findings.find(({code}) => code === 'HP24');
	};
	const fatal = 'level=fatal msg="could not run bpftool" subsys=probes';
	expect(down([fatal])?.remedy).toMatch(
		/^The agent ended with “could not run bpftool”\. Use .* logs cilium-\S+ -c cilium-agent --previous$/,
	);
	expect(down([fatal])?.because.map(({says}) => says)).toContain(fatal);
	expect(down([])?.remedy).toMatch(/^Read the agent's last log lines: kubectl -n kube-system logs /);
});
