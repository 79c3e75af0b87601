import {beforeAll, describe, expect} from 'vitest';
import {allIsWell, both, causeScenes, makeChainedCluster} from './support/cause-scene.ts';
import {forgeMapping, onNode, setPortmap} from './support/hands-on-nodes.ts';
import {fetchFrom} from './support/nodes.ts';
import {makePod, removePod, replacePods, waitForPod} from './support/pods.ts';
import {nothingStaysBehind} from './support/suite.ts';
import {addressOf, isOwnCluster, outsideAddress} from './support/tested-cluster.ts';

const dead = '198.18.1.250:80';
const jump = '-m addrtype --dst-type LOCAL -j CNI-HOSTPORT-DNAT';

/** The symptom is there: whoever asks from outside does not get the pod's page. */
async function expectNoAnswer(address: string): Promise<void> {
	expect(await fetchFrom('outside', address, 8080)).not.toContain('web');
}

nothingStaysBehind();

/** Rules on the nodes that are lost, stale, doubled, out of reach or in the way. */
describe.skipIf(!isOwnCluster)('causes in the rules', () => {
	beforeAll(async () => makeChainedCluster('1.10.16'));

	causeScenes([
		{
			title: 'an older rule before the pod’s own',
			name: 'stale-rule',
			make: async undo => undo(await forgeMapping('node-1', {chain: '0000000000000000stale', port: 8080, target: dead, before: true})),
			first: {code: 'HP07', severity: 'error', nodes: ['node-1']},
			exitCode: 1,
		},
		{
			title: 'three of them, around the pod’s own, of a network by another name',
			name: 'stale-rules-around',
			async make(undo) {
				for (const [index, before] of [true, true, false].entries())
					undo(
						await forgeMapping('node-2', {
							chain: `000000000000000stale${index}`,
							port: 8080,
							target: `198.18.2.25${index}:80`,
							before,
							network: 'k8s-pod-network',
						}),
					);
			},
			first: {code: 'HP07', severity: 'error', nodes: ['node-2']},
			exitCode: 1,
		},
		{
			title: 'an older rule behind the pod’s own, which does no harm yet',
			name: 'stale-rule-behind',
			make: async undo => undo(await forgeMapping('node-1', {chain: '000000000000000behind', port: 8080, target: dead, before: false})),
			first: {code: 'HP07', severity: 'warning', nodes: ['node-1']},
			exitCode: 0,
		},
		{
			title: 'a rule for a port that no pod has',
			name: 'stale-rule-without-pod',
			make: async undo => undo(await forgeMapping('node-1', {chain: '00000000000000without', port: 9099, target: dead, before: false})),
			first: {code: 'HP07', severity: 'info', nodes: ['node-1']},
			exitCode: 0,
		},
		{
			title: 'the jump from PREROUTING gone',
			name: 'jump-from-outside-gone',
			async make(undo) {
				undo(async () => onNode('node-1', `iptables -t nat -A PREROUTING ${jump}`));
				await onNode('node-1', `iptables -t nat -D PREROUTING ${jump}`);
			},
			first: {code: 'HP08', severity: 'error', nodes: ['node-1']},
			exitCode: 1,
		},
		{
			title: 'the jump from OUTPUT gone, so that only the node itself gets no answer',
			name: 'jump-from-node-gone',
			async make(undo) {
				undo(async () => onNode('node-1', `iptables -t nat -A OUTPUT ${jump}`));
				await onNode('node-1', `iptables -t nat -D OUTPUT ${jump}`);
			},
			first: {code: 'HP08', severity: 'error', nodes: ['node-1']},
			exitCode: 1,
		},
		{
			title: 'the pod’s own jump gone',
			name: 'own-jump-gone',
			async make(undo) {
				undo(async () => replacePods('web', 'node-1'));
				await onNode('node-1', 'iptables -t nat -F CNI-HOSTPORT-DNAT');
			},
			first: {code: 'HP08', severity: 'error', nodes: ['node-1']},
			exitCode: 1,
		},
		{
			title: 'the nat table flushed',
			name: 'rules-flushed',
			async make(undo) {
				undo(async () => replacePods('web', 'node-2'));
				await onNode('node-2', 'iptables -t nat -F');
			},
			first: {code: 'HP08', severity: 'error', nodes: ['node-2']},
			exitCode: 1,
		},
		{
			title: 'the nat table flushed and emptied of chains on both nodes',
			name: 'chains-deleted',
			async make(undo) {
				undo(async () => replacePods('web'));
				for (const node of both) await onNode(node, 'iptables -t nat -F; iptables -t nat -X');
			},
			first: {code: 'HP08', severity: 'error', nodes: both},
			exitCode: 1,
		},
		{
			title: 'portmap gone from one node and the rules from the other',
			name: 'two-causes',
			async make(undo) {
				undo(async () => replacePods('web', 'node-2'));
				undo(async () => setPortmap('node-1', 'working'));
				await setPortmap('node-1', 'none');
				await onNode('node-2', 'iptables -t nat -F');
			},
			first: {code: 'HP02', severity: 'error', nodes: ['node-1']},
			exitCode: 1,
			behind: [{code: 'HP08', nodes: ['node-2']}],
		},
		{
			title: 'rules in both builds of iptables',
			name: 'two-iptables',
			async make(undo) {
				undo(async () => onNode('node-1', 'iptables-legacy -t nat -F; iptables-legacy -t nat -X'));
				await onNode('node-1', 'iptables-nft-save -t nat | grep -e CNI- -e "^[*]" -e COMMIT | iptables-legacy-restore --noflush');
			},
			first: {code: 'HP09', severity: 'warning', nodes: ['node-1']},
			exitCode: 0,
		},
		{
			title: 'rules in both builds that lead to different places',
			name: 'two-iptables-apart',
			async make(undo) {
				undo(async () => onNode('node-1', 'iptables-legacy -t nat -F; iptables-legacy -t nat -X'));
				await onNode(
					'node-1',
					`iptables-legacy -t nat -N CNI-HOSTPORT-DNAT
					iptables-legacy -t nat -A PREROUTING ${jump}
					iptables-legacy -t nat -N CNI-DN-000000000000000legacy
					iptables-legacy -t nat -A CNI-DN-000000000000000legacy -p tcp -m tcp --dport 8080 -j DNAT --to-destination ${dead}
					iptables-legacy -t nat -A CNI-HOSTPORT-DNAT -p tcp -m multiport --dports 8080 -j CNI-DN-000000000000000legacy`,
				);
			},
			first: {code: 'HP09', severity: 'error', nodes: ['node-1']},
			exitCode: 1,
		},
		{
			title: 'kube-proxy’s rules in the build that portmap does not use',
			name: 'kube-proxy-in-legacy',
			async make(undo) {
				undo(async () => onNode('node-1', 'iptables-legacy -t nat -F; iptables-legacy -t nat -X'));
				await onNode('node-1', 'iptables-legacy -t nat -N KUBE-SERVICES; iptables-legacy -t nat -A PREROUTING -j KUBE-SERVICES');
			},
			first: {code: 'HP09', severity: 'warning', nodes: ['node-1']},
			exitCode: 0,
		},
		{
			title: 'a rule of the node’s firewall that drops the port',
			name: 'dropped-before-translation',
			async make(undo) {
				undo(async () => onNode('node-1', 'iptables -t raw -F PREROUTING'));
				await onNode('node-1', 'iptables -t raw -A PREROUTING -p tcp --dport 8080 -j DROP');
			},
			first: {code: 'HP13', severity: 'error', nodes: ['node-1']},
			exitCode: 1,
		},
		{
			title: 'one that rejects what is forwarded to the pod',
			name: 'rejected-on-the-way',
			async make(undo) {
				undo(async () => onNode('node-2', 'iptables -D FORWARD -p tcp --dport 80 -m comment --comment "no web" -j REJECT'));
				await onNode('node-2', 'iptables -I FORWARD -p tcp --dport 80 -m comment --comment "no web" -j REJECT');
			},
			first: {code: 'HP13', severity: 'error', nodes: ['node-2']},
			exitCode: 1,
		},
		{
			title: 'one in INPUT, where a hostPort’s packets never come',
			name: 'dropped-in-input',
			async make(undo) {
				undo(async () => onNode('node-1', 'iptables -D INPUT -p tcp --dport 8080 -j DROP'));
				await onNode('node-1', 'iptables -I INPUT -p tcp --dport 8080 -j DROP');
			},
			first: {code: 'HP22', severity: 'info', nodes: both},
			exitCode: 0,
		},
		{
			title: 'a rule of somebody else that stands before portmap’s jump and leads away',
			name: 'preceded',
			async make(undo) {
				const rule = 'PREROUTING -p tcp --dport 8080 -j DNAT --to-destination 198.51.100.9:80';
				undo(async () => onNode('node-1', `iptables -t nat -D ${rule}`));
				await onNode('node-1', `iptables -t nat -I ${rule}`);
				await expectNoAnswer(addressOf['node-1']);
			},
			first: {code: 'HP07', severity: 'error', nodes: ['node-1']},
			exitCode: 1,
			proof: /stands before the jump to CNI-HOSTPORT-DNAT and leads to 198\.51\.100\.9:80/u,
		},
		{
			title: 'a node whose policy is to forward nothing',
			name: 'forwards-nothing-by-policy',
			async make(undo) {
				undo(async () => onNode('node-2', 'iptables -P FORWARD ACCEPT'));
				await onNode('node-2', 'iptables -P FORWARD DROP');
				await expectNoAnswer(addressOf['node-2']);
			},
			first: {code: 'HP13', severity: 'error', nodes: ['node-2']},
			exitCode: 1,
			proof: /policy DROP of FORWARD/u,
		},
		{
			title: 'a node whose kernel forwards nothing',
			name: 'forwards-nothing-by-sysctl',
			async make(undo) {
				undo(async () => onNode('node-2', 'sysctl -qw net.ipv4.ip_forward=1'));
				await onNode('node-2', 'sysctl -qw net.ipv4.ip_forward=0');
				await expectNoAnswer(addressOf['node-2']);
			},
			first: {code: 'HP13', severity: 'error', nodes: ['node-2']},
			exitCode: 1,
			proof: /ip_forward is 0/u,
		},
		{
			title: 'a UDP sender that conntrack holds to a pod that is gone',
			name: 'udp-held-by-conntrack',
			async make(undo) {
				undo(async () => removePod('echo'));
				undo(async () => onNode('node-1', 'conntrack -D -p udp --orig-port-dst 9020 || true'));
				await makePod('echo', {hostPort: 9020, protocol: 'UDP', node: 'node-1'});
				await waitForPod('echo');
				await onNode(
					'node-1',
					`conntrack -I -p udp -s ${outsideAddress} -d ${addressOf['node-1']} --orig-port-src 4000 --orig-port-dst 9020 -r 198.18.1.250 -q ${outsideAddress} --reply-port-src 80 --reply-port-dst 4000 --timeout 300`,
				);
			},
			first: {code: 'HP16', severity: 'warning', nodes: ['node-1']},
			exitCode: 0,
		},
	]);

	allIsWell('healthy-after-rules');
});
